//! Slipway: a BuildKit frontend that reads one declarative file. See `ARCHITECTURE.md` for the way of the data.

pub mod diagnostic;
pub mod manifest;
pub mod nearest;
pub mod plan;
pub mod rules;
pub mod source;
pub mod span;
pub mod yaml;
