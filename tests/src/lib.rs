//! Real engine, real `docker buildx`, real registries.
//!
//! `cargo xtask engine up` starts an engine; a test finds it with [`Engine::connect`].

pub mod daemon;
pub mod engine;
pub mod state;

pub use engine::Engine;
