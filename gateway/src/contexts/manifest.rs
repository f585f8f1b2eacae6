use buildkit_llb::{Definition, Differ, Local, Output, SourceFile, VertexDigest};

use crate::{Options, Ref, Result};

/// The file that says what to build.
#[derive(Debug, Clone)]
pub struct Manifest {
    file: SourceFile,
    vertex: Option<VertexDigest>,
    dockerignore: Option<Vec<u8>>,
}

impl Manifest {
    /// The file itself, to make [locations](SourceFile::span) of.
    pub fn file(&self) -> &SourceFile {
        &self.file
    }

    /// What it was read from: the vertex that [warnings](crate::Warning::new) belong to. Scratch has none.
    pub fn vertex(&self) -> Option<VertexDigest> {
        self.vertex
    }

    /// The `.dockerignore` of this manifest, `app.yaml.dockerignore`, when there is one beside it.
    pub fn dockerignore(&self) -> Option<&[u8]> {
        self.dockerignore.as_deref()
    }
}

const DEFAULT: &str = "Dockerfile";

/// The client's directory with the manifest. Whoever started this frontend has read the very same source: attributes
/// and their order decide whether the engine knows that, or asks the client a second time.
pub(super) fn source(options: &Options, directory: &str, filename: &str) -> Result<Local> {
    let mut paths = vec![filename.to_owned(), format!("{filename}.dockerignore")];
    paths.extend(other_spelling(filename));
    Ok(Local::new(directory, options.session_of(directory))?
        .follow(paths)
        .shared_key_hint(directory)
        .differ(Differ::None)
        .named(format!("[internal] load build definition from {filename}")))
}

pub(super) async fn read(
    files: &Ref,
    filename: &str,
    language: &str,
    definition: Definition,
) -> Result<Manifest> {
    let ignore = format!("{filename}.dockerignore");
    let (data, dockerignore) = tokio::join!(read_either(files, filename), files.read_file(&ignore));
    let data = data.map_err(|error| error.context("cannot read the manifest"))?;
    Ok(Manifest {
        vertex: definition.head().map(Output::vertex),
        file: SourceFile::new(filename, data, language).definition(definition),
        // As upstream: a file that cannot be read is none.
        dockerignore: dockerignore.ok(),
    })
}

async fn read_either(files: &Ref, filename: &str) -> Result<Vec<u8>> {
    let first = files.read_file(filename).await;
    match (&first, other_spelling(filename)) {
        (Err(_), Some(other)) => files.read_file(&other).await.or(first),
        _ => first,
    }
}

// Docker takes `dockerfile` for `Dockerfile` (moby/moby#10858).
fn other_spelling(filename: &str) -> Option<String> {
    let (directory, name) = match filename.rsplit_once('/') {
        Some((directory, name)) => (format!("{directory}/"), name),
        None => (String::new(), filename),
    };
    (name == DEFAULT).then(|| format!("{directory}{}", DEFAULT.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use buildkit_llb::Graph;

    use super::*;

    // The digest is what Go's client makes of `ReadEntrypoint` (BuildKit v0.32.2).
    #[test]
    fn same_vertex_as_upstream() {
        let check = |filename: &str, digest: &str| {
            let options = Options::default().with_session("s1");
            let mut graph = Graph::new(options.build_platform());
            let output = graph.local(source(&options, "dockerfile", filename).unwrap());
            assert_eq!(output.vertex().to_string(), digest, "{filename}");
        };
        check("app.yaml", "sha256:35d06fdb23ba0a013bbbce428d9764a2b8c3f1f3ae94d167df7c5a02bbb81599");
    }

    #[test]
    fn spellings() {
        assert_eq!(other_spelling("a/Dockerfile").as_deref(), Some("a/dockerfile"));
        assert_eq!(other_spelling("Dockerfile").as_deref(), Some("dockerfile"));
        assert_eq!(other_spelling("app.yaml"), None);
    }
}
