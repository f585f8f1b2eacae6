#![doc = include_str!("../README.md")]

// `gen` is a keyword of edition 2024, hence the other name.
#[allow(
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::pedantic,
    missing_debug_implementations,
    rustdoc::invalid_html_tags,
    rustdoc::bare_urls,
    unreachable_pub,
    reason = "written by prost-build: `proto/` is where it is read and changed"
)]
#[path = "gen/mod.rs"]
#[rustfmt::skip]
mod generated;

#[doc(inline)]
pub use generated::fsutil::types as fsutil;
#[doc(inline)]
pub use generated::google::rpc;
#[doc(inline)]
pub use generated::moby::buildkit::v1::{apicaps, frontend, sourcepolicy, types};
#[doc(inline)]
pub use generated::{errdefs, pb, stack};

/// `google.protobuf.Any`: bytes and the name of what they are.
pub use prost_types::Any;
/// `google.protobuf.Timestamp`.
pub use prost_types::Timestamp;

/// Encoding and decoding, of the version that the messages here are made for.
pub use prost::{DecodeError, EncodeError, Message};
