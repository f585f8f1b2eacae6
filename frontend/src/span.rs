//! Where something stands in the manifest.

use buildkit_llb::{Location, SourceFile};

/// A range of bytes of the manifest, end exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end) }
    }

    /// The place as clients take it. The comment that names the frontend is the place of what nobody wrote: it is
    /// not marked, because it is not what has to be mended.
    pub fn location(self, file: &SourceFile) -> Location {
        if self.start == 0 && file.data().starts_with(b"#") || self == Self::default() {
            return file.unmarked();
        }
        file.span(self.start as usize..self.end as usize)
    }
}

/// A value and where it was written. Two spanned values are equal when their values are: a plan that was
/// printed and read again is the same plan.
#[derive(Clone, Copy, Debug)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

impl<T> Spanned<T> {
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_that_names_the_frontend_is_never_marked() {
        let named = SourceFile::new("slipway.yaml", "# syntax=x\nstack: go\n", "YAML");
        assert_eq!(Span::new(0, 10).location(&named).ranges(), []);
        assert_eq!(Span::new(18, 20).location(&named).ranges().len(), 1);
        let unnamed = SourceFile::new("slipway.yaml", "{ stack: go }\n", "YAML");
        assert_eq!(Span::new(0, 13).location(&unnamed).ranges().len(), 1);
        assert_eq!(Span::default().location(&unnamed).ranges(), []);
    }
}
