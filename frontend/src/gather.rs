//! Sets and maps, and what is sorted, by insertion.

/// `collect`, for sets and maps that are ordered. `collect` itself makes a vector of the items first and sorts it, which is
/// four kilobytes of code for each kind of item and of iterator: 90 kB of the program, compressed.
pub(crate) trait Gather: Iterator + Sized {
    fn gather<C: Default + Extend<Self::Item>>(self) -> C {
        let mut gathered = C::default();
        gathered.extend(self);
        gathered
    }

    /// A vector in order, those that are equal in the order in which they come. To sort one is as much code as to collect a set.
    fn in_order(self, is_before: impl Fn(&Self::Item, &Self::Item) -> bool) -> Vec<Self::Item> {
        let mut ordered = Vec::new();
        for item in self {
            let at = ordered.partition_point(|other| is_before(other, &item));
            ordered.insert(at, item);
        }
        ordered
    }
}

impl<I: Iterator> Gather for I {}
