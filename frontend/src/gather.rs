//! Sets and maps by insertion.

/// `collect`, for sets and maps that are ordered. `collect` itself makes a vector of the items first and sorts it, which is
/// four kilobytes of code for each kind of item and of iterator: 90 kB of the program, compressed.
pub(crate) trait Gather: Iterator + Sized {
    fn gather<C: Default + Extend<Self::Item>>(self) -> C {
        let mut gathered = C::default();
        gathered.extend(self);
        gathered
    }
}

impl<I: Iterator> Gather for I {}
