//! Between an engine and the registry: sees what is asked, and may let it wait.

use std::io::{self, Write as _};
use std::net::TcpStream;

use anyhow::Result;

use crate::web::listen;

/// Passes requests on until the process ends.
#[derive(Debug)]
pub struct Proxy {
    address: String,
}

impl Proxy {
    /// `before` is told the first line of each request and returns when the request may go on.
    pub fn in_front_of(registry: &str, before: impl Fn(&str) + Send + Sync + 'static) -> Result<Proxy> {
        let registry = registry.to_owned();
        let address = listen(move |client, head| {
            before(head.first().map(String::as_str).unwrap_or_default());
            pass_on(client, head, &registry)
        })?;
        Ok(Proxy { address })
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// What is asked of a registry here, `GET` and `HEAD`, has no body.
fn pass_on(mut client: &TcpStream, head: &[String], registry: &str) -> Result<()> {
    let mut server = TcpStream::connect(registry)?;
    // The next request comes on a connection of its own, so that it is seen.
    for line in head.iter().filter(|line| !line.to_ascii_lowercase().starts_with("connection:")) {
        write!(server, "{line}\r\n")?;
    }
    write!(server, "Connection: close\r\n\r\n")?;
    io::copy(&mut server, &mut client)?;
    Ok(())
}
