#![doc = include_str!("../README.md")]
#![warn(missing_docs, clippy::missing_panics_doc)]

mod batch;
pub mod calls;
pub mod capabilities;
mod client;
mod command;
pub mod contexts;
mod error;
mod frontend;
mod gather;
pub mod options;
mod panics;
mod position;
mod reference;
mod resolve;
mod response;
mod solve;
#[cfg(feature = "testing")]
pub mod testing;
mod transport;
mod warning;

/// Graphs and messages, whose types the API here takes and gives.
pub use {buildkit_llb as llb, buildkit_proto as proto};

pub use crate::{
    capabilities::{Capabilities, CapabilitySet},
    client::Gateway,
    error::{Code, Error, Result},
    frontend::{CAPABILITIES, Frontend},
    options::{CacheImport, NoCache, OptionError, Options},
    reference::Ref,
    resolve::{ImageQuery, Resolved, ResolvedImage},
    response::{Attestation, Image, Response},
    solve::{Solve, Solved},
    transport::{Client, StartError},
    warning::Warning,
};
