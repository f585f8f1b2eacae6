//! Slipway: a BuildKit frontend that reads one declarative file. See `ARCHITECTURE.md` for the way of the data.

pub mod plan;
pub mod span;
