//! Reading the manifest and what is ignored of the context.

use buildkit_gateway::{Error, Gateway, Ref, Result};
use buildkit_llb::{Definition, Differ, Graph, Local, Metadata};

pub(super) struct Text {
    pub(super) bytes: Vec<u8>,
    /// How the engine gets it; errors and provenance keep it.
    pub(super) definition: Definition,
    pub(super) ignore: Vec<String>,
}

/// The manifest and the lines of `<manifest>.dockerignore`, else of `.dockerignore`. Both loads are on the way at
/// the same time.
pub(super) async fn read(gateway: &Gateway) -> Result<Text> {
    let (manifest, ignore) =
        futures_util::future::try_join(load_manifest(gateway), load_ignore(gateway)).await?;
    let (bytes, own_ignore, definition) = manifest;
    Ok(Text { bytes, definition, ignore: patterns(&own_ignore.or(ignore).unwrap_or_default()) })
}

async fn load_manifest(gateway: &Gateway) -> Result<(Vec<u8>, Option<Vec<u8>>, Definition)> {
    let options = gateway.options();
    let filename = options.filename();
    let ignore = format!("{filename}.dockerignore");
    let mut graph = Graph::new(options.build_platform());
    // The same operation as that of the frontend that found the `# syntax=` line, to the byte: the engine then
    // transfers the file once.
    let local = Local::new("dockerfile", options.session_of("dockerfile"))?
        .follow([filename, &ignore])
        .shared_key_hint("dockerfile")
        .differ(Differ::None)
        .metadata(Metadata::named(format!("[internal] load build definition from {filename}")));
    let output = graph.local(local);
    let definition = graph.definition(output)?;
    let loaded = gateway.solve(definition.clone()).await?.single()?;
    let (bytes, ignore) =
        futures_util::future::try_join(loaded.read_file(filename), loaded.find_file(&ignore)).await?;
    Ok((bytes, ignore, definition))
}

async fn load_ignore(gateway: &Gateway) -> Result<Option<Vec<u8>>> {
    const FILE: &str = ".dockerignore";
    let options = gateway.options();
    let mut graph = Graph::new(options.build_platform());
    let local = Local::new("context", options.session_of("context"))?
        .follow([FILE])
        .shared_key_hint("context-.dockerignore")
        .differ(Differ::None)
        .metadata(Metadata::named(format!("[internal] load {FILE}")));
    let output = graph.local(local);
    let loaded: Ref = gateway.solve(graph.definition(output)?).await?.single()?;
    loaded.find_file(FILE).await.map_err(|error: Error| error.context("failed to read `.dockerignore`"))
}

/// The patterns of a `.dockerignore`: comments start a line, a leading slash means nothing.
fn patterns(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (bang, path) = line.strip_prefix('!').map_or(("", line), |path| ("!", path.trim()));
            format!("{bang}{}", path.trim_start_matches('/'))
        })
        .collect()
}
