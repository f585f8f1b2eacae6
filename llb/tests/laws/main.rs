//! What holds for every graph and for every text.

mod bytes;
mod graphs;
mod texts;
