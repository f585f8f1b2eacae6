//! Panics as text: a process that dies of one tells the user nothing but a number.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

// Only the hook knows where a panic happened, and only the catcher knows that it was caught.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Notes the place of every panic from now on, and lets the hook that was there print it.
pub(crate) fn note_places() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if let Some(place) = info.location() {
            *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(place.to_string());
        }
        before(info);
    }));
}

/// What the future gives, or what it said when it panicked.
pub(crate) async fn catch<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = pin!(future);
    let caught = poll_fn(|cx| {
        // Nothing looks at what the future borrowed after it has panicked.
        match panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(payload) => Poll::Ready(Err(payload)),
        }
    });
    caught.await.map_err(|payload| {
        let text = text_of(&*payload);
        match LAST.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(place) => format!("{text} ({place})"),
            None => text.to_owned(),
        }
    })
}

fn text_of(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "a panic without words"
    }
}
