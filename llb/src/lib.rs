#![doc = include_str!("../README.md")]
#![warn(missing_docs, clippy::missing_panics_doc)]

mod build;
mod capability;
mod collect;
mod definition;
mod diff;
mod digest;
mod error;
mod exec;
pub mod file;
mod graph;
mod import;
mod marshal;
mod merge;
mod metadata;
mod mode;
pub mod mount;
mod output;
mod passthrough;
mod path;
mod platform;
mod reference;
mod source;
mod source_map;
mod text;

pub use crate::{
    build::Build,
    capability::Capability,
    definition::Definition,
    diff::Diff,
    digest::Digest,
    error::{Error, Result},
    exec::{Device, Exec, ExecOutputs, Network, ProxyEnv, SecretEnv, Security, Ulimit},
    file::File,
    graph::Graph,
    merge::Merge,
    metadata::{LinuxResources, Metadata, ProgressGroup},
    output::{Input, Output, VertexDigest},
    passthrough::Passthrough,
    platform::Platform,
    reference::Reference,
    source::{
        Blob, Differ, Git, GitMtime, GitSignature, Http, Image, Local, OciLayout, OciStore, RecordType,
        ResolveMode,
    },
    source_map::{Location, Position, Range, SourceFile},
};
