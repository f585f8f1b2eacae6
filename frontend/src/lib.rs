//! Slipway: a BuildKit frontend that reads one declarative file. See `ARCHITECTURE.md` for the way of the data.

pub mod build;
pub mod calls;
pub mod catalog;
pub mod cli;
pub mod diagnostic;
pub mod directives;
pub mod expand;
pub mod facts;
mod gather;
pub mod lower;
pub mod manifest;
pub mod nearest;
pub mod options;
pub mod path;
pub mod plan;
pub mod rules;
pub mod source;
pub mod span;
pub mod stacks;
pub mod survey;
pub mod target;
pub mod undeclared;
pub mod yaml;
