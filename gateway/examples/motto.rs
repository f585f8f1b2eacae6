//! A whole frontend: what follows the first line of the manifest becomes the file `/motto` of an image.

use buildkit_gateway::calls::{self, Target, Targets};
use buildkit_gateway::contexts::{Contexts, Manifest};
use buildkit_gateway::{Error, Frontend, Gateway, Image, Response, Result, Solve, Warning};
use buildkit_llb::file::Mkfile;
use buildkit_llb::{File, Graph, Input, Metadata};

#[expect(clippy::print_stderr, reason = "whoever starts it by hand reads stderr")]
fn main() {
    let error = Frontend::new("https://example.com/motto/issues").run(build);
    eprintln!("{error}");
}

pub(crate) async fn build(gateway: Gateway) -> Result<Response> {
    let options = gateway.options();
    options.check()?;
    let manifest = Contexts::load(&gateway).await?.manifest("Text").await?;
    if let Some(call) = options.call() {
        return answer(call);
    }
    let (motto, first_line) = (motto(&manifest)?, manifest.file().line(1)?);
    if let Some(vertex) = manifest.vertex().filter(|_| motto.len() > 1000) {
        gateway.warn(Warning::new(vertex, "Long: this is no motto (line 1)").at(&first_line)).await;
    }
    let mut images = Vec::new();
    for platform in options.target_platforms()? {
        let mut graph = Graph::new(platform.clone());
        let write = File::new(Input::Scratch)
            .mkfile(Mkfile::new("/motto", 0o644, motto.clone()))
            .metadata(Metadata::named("write /motto").at(first_line.clone()));
        let files = graph.file(write)?;
        let solve = Solve::definition(graph.definition(files)?).cache_imports(options.cache_imports()?);
        let (os, architecture) = (platform.os(), platform.architecture());
        let config = format!(r#"{{"os":"{os}","architecture":"{architecture}","config":{{}}}}"#);
        images.push(Image::new(platform, gateway.solve(solve).await?.single()?, config));
    }
    Response::images(images, options.multi_platform()?)
}

fn motto(manifest: &Manifest) -> Result<String> {
    let text = String::from_utf8_lossy(manifest.file().data());
    match text.split_once('\n') {
        Some((_, motto)) if !motto.trim().is_empty() => Ok(motto.to_owned()),
        _ => Err(Error::new("a motto is missing").at(&manifest.file().line(1)?)),
    }
}

fn answer(call: &str) -> Result<Response> {
    match call {
        calls::TARGETS => Ok(Targets::new([Target::new("motto").by_default()]).response()),
        other => Err(Error::unsupported_call(other)),
    }
}
