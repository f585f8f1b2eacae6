//! Maps by insertion.

/// `collect`, for maps that are ordered. `collect` itself makes a vector of the items first and sorts it. That is
/// four kilobytes of code for each kind of item and of iterator, and frontends are pulled by every engine that
/// builds with them.
pub(crate) trait Gather: Iterator + Sized {
    fn gather<C: Default + Extend<Self::Item>>(self) -> C {
        let mut gathered = C::default();
        gathered.extend(self);
        gathered
    }
}

impl<I: Iterator> Gather for I {}
