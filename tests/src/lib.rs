//! Real engine, real `docker buildx`, real registries.
//!
//! `cargo xtask engine up` starts an engine; a test finds it with [`Engine::connect`], builds with
//! [`Engine::build`], looks into the result with [`Image`] and runs it with [`Image::start`].

pub mod agent;
pub mod build;
pub mod daemon;
pub mod engine;
pub mod image;
pub mod older;
pub mod process;
pub mod project;
pub mod proxy;
pub mod run;
pub mod state;
pub mod steps;
pub mod web;

pub use agent::Agent;
pub use build::{Build, Outcome};
pub use engine::Engine;
pub use image::Image;
pub use project::Project;
pub use proxy::Proxy;
pub use run::{Container, Run};
pub use steps::Steps;
pub use web::Web;
