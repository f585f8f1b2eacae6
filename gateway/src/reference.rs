//! A file system that the daemon has, or will have when it is looked at.

use std::fmt;

use buildkit_llb::Definition;
use buildkit_proto::frontend as api;
use buildkit_proto::fsutil::Stat;
use buildkit_proto::pb;
use tonic::Code;

use crate::capabilities::gateway;
use crate::{Error, Gateway, Result};

// The daemon sends no message beyond 16 MiB.
const PIECE: usize = 8 << 20;

/// A file system, built or about to be.
///
/// It is a handle: cloning it copies no files, and it lives as long as the frontend.
#[derive(Clone)]
pub struct Ref {
    gateway: Gateway,
    id: String,
    definition: Option<pb::Definition>,
}

impl Ref {
    pub(crate) fn new(gateway: &Gateway, id: String, definition: Option<pb::Definition>) -> Self {
        Self { gateway: gateway.clone(), id, definition }
    }

    /// Whether it is the empty file system.
    pub fn is_scratch(&self) -> bool {
        self.id.is_empty()
    }

    /// The id that the daemon knows it by. Empty is the empty file system.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The graph that another frontend made it from, to build on. Whoever [solved](Gateway::solve) a graph has it.
    pub fn definition(&self) -> Result<Option<Definition>> {
        let definition = self.definition.clone().map(Definition::try_from);
        Ok(definition.transpose()?)
    }

    /// All of a file, of any size. Symbolic links are followed inside the file system.
    pub async fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        let mut data = Vec::new();
        loop {
            let piece = self.read_range(path, data.len(), PIECE).await?;
            let last = piece.len() < PIECE;
            if data.is_empty() {
                data = piece;
            } else {
                data.extend(piece);
            }
            if last {
                return Ok(data);
            }
        }
    }

    /// As [`read_file`](Self::read_file), and `None` when there is no such file.
    pub async fn find_file(&self, path: &str) -> Result<Option<Vec<u8>>> {
        found(self.read_file(path).await)
    }

    /// At most `length` bytes from `offset` on.
    pub async fn read_range(&self, path: &str, offset: usize, length: usize) -> Result<Vec<u8>> {
        self.require_files(path)?;
        let number = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        let request = api::ReadFileRequest {
            r#ref: self.id.clone(),
            file_path: path.to_owned(),
            range: Some(api::FileRange { offset: number(offset), length: number(length) }),
            mount_index: 0,
        };
        let response = self.gateway.client().read_file(request).await?;
        Ok(response.into_inner().data)
    }

    /// One level of a directory. Each entry's path is its name; a pattern such as `*.toml` picks among them.
    pub async fn read_dir(&self, path: &str, pattern: Option<&str>) -> Result<Vec<Stat>> {
        self.require_files(path)?;
        let request = api::ReadDirRequest {
            r#ref: self.id.clone(),
            dir_path: path.to_owned(),
            include_pattern: pattern.unwrap_or_default().to_owned(),
            mount_index: 0,
        };
        let response = self.gateway.client().read_dir(request).await?;
        Ok(response.into_inner().entries)
    }

    /// A file without its content.
    pub async fn stat_file(&self, path: &str) -> Result<Stat> {
        self.require_files(path)?;
        let request = api::StatFileRequest { r#ref: self.id.clone(), path: path.to_owned(), mount_index: 0 };
        let response = self.gateway.client().stat_file(request).await?;
        Ok(response.into_inner().stat.unwrap_or_default())
    }

    /// As [`stat_file`](Self::stat_file), and `None` when there is no such file.
    pub async fn find_stat(&self, path: &str) -> Result<Option<Stat>> {
        found(self.stat_file(path).await)
    }

    /// Builds it now.
    pub async fn evaluate(&self) -> Result<()> {
        if self.is_scratch() {
            return Ok(());
        }
        let capabilities = self.gateway.capabilities().await?;
        if capabilities.gateway().supports(gateway::EVALUATE) {
            let request = api::EvaluateRequest { r#ref: self.id.clone() };
            self.gateway.client().evaluate(request).await?;
        } else {
            // Whoever looks at a file must have built it first (BuildKit before v0.11).
            self.stat_file(".").await?;
        }
        Ok(())
    }

    // Of the empty file system the daemon knows nothing, not even that it is empty.
    fn require_files(&self, path: &str) -> Result<()> {
        if self.is_scratch() {
            return Err(Error::with_code(Code::NotFound, format!("open {path}: no such file or directory")));
        }
        Ok(())
    }

    pub(crate) fn into_message(self) -> api::Ref {
        // A map is written without the values that say nothing, and the daemon crashes where a platform has none
        // (v0.32.2, `frontend/gateway/gateway.go`, `Return`). So an empty file system says that it has no graph.
        let def = self.is_scratch().then(Default::default);
        api::Ref { id: self.id, def }
    }
}

fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ref").field(&self.id).finish()
    }
}
