//! Lowering: a plan becomes a graph.

pub mod config;
pub mod filter;
