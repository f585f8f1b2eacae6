use buildkit_llb::file::Copy;
use buildkit_llb::{Definition, File, Git, Graph, Http, Image, Input, OciLayout};

use crate::Result;

/// The name that every file of a web server has as a context.
pub(super) const DOWNLOAD: &str = "context";

/// A context that is no directory of the client's.
#[derive(Debug, Clone)]
pub struct Remote {
    pub(super) source: Source,
    pub(super) subdir: Option<String>,
}

#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a build has a handful of contexts")]
pub(super) enum Source {
    Scratch,
    Image(Image),
    OciLayout(OciLayout),
    Git(Git),
    /// A file, in the file system under the name `context`.
    File(Http),
    /// What is in such a file.
    Archive(Http),
    Input(Definition),
}

impl Remote {
    pub(super) fn new(source: Source) -> Self {
        Self { source, subdir: None }
    }

    /// Adds it to a graph.
    pub fn add(&self, graph: &mut Graph) -> Result<Input> {
        let whole = self.add_whole(graph)?;
        let Some(subdir) = &self.subdir else {
            return Ok(whole);
        };
        let subdir = super::dockerignore::clean(&format!("/{subdir}"));
        let copy = Copy::new(whole, subdir, "/").contents();
        Ok(graph.file(File::new(Input::Scratch).copy(copy))?.into())
    }

    /// A manifest is at its place in the whole, whatever part of it is the context.
    pub(super) fn add_whole(&self, graph: &mut Graph) -> Result<Input> {
        let output = match self.source.clone() {
            Source::Scratch => return Ok(Input::Scratch),
            Source::Input(definition) => return Ok(graph.import(&definition)),
            Source::Image(image) => graph.image(image),
            Source::OciLayout(layout) => graph.oci_layout(layout),
            Source::Git(git) => graph.git(git)?,
            Source::File(http) => graph.http(http)?,
            Source::Archive(http) => {
                let file = graph.http(http)?;
                let copy = Copy::new(file, format!("/{DOWNLOAD}"), "/").unpack();
                graph.file(File::new(Input::Scratch).copy(copy))?
            }
        };
        Ok(output.into())
    }
}
