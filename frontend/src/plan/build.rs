//! Short ways to write stages in code. What has no span of its own stands where the stage stands.

use super::{
    Base, BindMount, CacheBase, CacheMount, Copy, Layer, Mkdir, Mount, Network, OutputName, Run, SecretId,
    SecretMount, SecretPlace, Sharing, Stage, StageName, StageOutput, Step, Text, Variable,
};
use crate::span::{Span, Spanned};

/// Writes the parts of one stage, all at one place of the manifest.
#[derive(Clone, Copy, Debug)]
pub struct At(pub Span);

impl At {
    pub fn spanned<T>(self, value: T) -> Spanned<T> {
        Spanned::new(value, self.0)
    }

    pub fn text(self, text: &str) -> Spanned<Text> {
        self.spanned(Text::literal(text))
    }

    pub fn texts(self, texts: &[String]) -> Vec<Spanned<Text>> {
        texts.iter().map(|text| self.text(text)).collect()
    }

    pub fn stage(self, name: StageName, from: Base) -> Stage {
        Stage {
            name: self.spanned(name),
            from: self.spanned(from),
            platform: None,
            merge: Vec::new(),
            working_dir: None,
            environment: Vec::new(),
            user: None,
            network: None,
            mounts: Vec::new(),
            outputs: Vec::new(),
            steps: Vec::new(),
            image: None,
        }
    }

    /// For what does not depend on the target platform, or is cross-compiled.
    pub fn build_platform(self) -> Option<Spanned<Text>> {
        Some(self.spanned(argument("BUILDPLATFORM")))
    }

    pub fn target_platform(self) -> Option<Spanned<Text>> {
        Some(self.spanned(argument("TARGETPLATFORM")))
    }

    pub fn network(self, network: Network) -> Option<Spanned<Network>> {
        Some(self.spanned(network))
    }

    pub fn variable(self, name: &str, value: Text) -> Variable {
        Variable { name: self.spanned(name.to_owned()), value }
    }

    pub fn output(self, name: &str, path: &str) -> StageOutput {
        StageOutput { name: self.spanned(output_name(name)), path: self.text(path) }
    }

    pub fn layer(self, from: &str, output: &str) -> Spanned<Layer> {
        self.spanned(Layer { from: stage_name(from), output: Some(self.spanned(output_name(output))) })
    }

    pub fn run(self, argv: Vec<Text>, mounts: Vec<Spanned<Mount>>) -> Spanned<Step> {
        self.spanned(Step::Run(Run {
            argv,
            mounts,
            environment: Vec::new(),
            working_dir: None,
            user: None,
            network: None,
        }))
    }

    pub fn copy(self, from: Base, source: &str, include: &[String], to: &str) -> Spanned<Step> {
        self.spanned(Step::Copy(Copy {
            from: self.spanned(from),
            output: None,
            source: self.folder(source),
            include: self.texts(include),
            exclude: Vec::new(),
            to: self.text(to),
            owner: None,
            mode: None,
        }))
    }

    pub fn file(self, path: &str, content: Text) -> Spanned<Step> {
        self.spanned(Step::File(super::File { path: self.text(path), content, owner: None, mode: None }))
    }

    pub fn mkdir(self, path: Spanned<Text>, owner: Text) -> Spanned<Step> {
        self.spanned(Step::Mkdir(Mkdir { path, owner: Some(self.spanned(owner)), mode: None }))
    }

    pub fn cache(self, id: Text, target: &str) -> Spanned<Mount> {
        let (id, target) = (Some(id), self.text(target));
        self.spanned(Mount::Cache(CacheMount {
            id,
            target,
            sharing: Sharing::Shared,
            mode: None,
            base: None,
        }))
    }

    /// A cache at the path of a folder of a stage, which is what is in it when it is new.
    pub fn cache_on(self, id: Text, from: &str, target: &str) -> Spanned<Mount> {
        let mut mount = self.cache(id, target);
        if let Mount::Cache(cache) = &mut mount.value {
            cache.base = Some(CacheBase {
                from: self.spanned(Base::Stage(stage_name(from))),
                output: None,
                source: Some(self.text(target)),
            });
        }
        mount
    }

    pub fn secret(self, id: SecretId, place: SecretPlace, required: bool) -> Spanned<Mount> {
        self.spanned(Mount::Secret(SecretMount { id, place, required, mode: None }))
    }

    /// A folder of the context, without what `exclude` says.
    pub fn context(self, source: &str, exclude: Vec<Spanned<Text>>, target: &str) -> Spanned<Mount> {
        self.spanned(Mount::Bind(BindMount {
            from: self.spanned(Base::Context),
            output: None,
            source: self.folder(source),
            include: Vec::new(),
            exclude,
            target: Some(self.text(target)),
            read_only: false,
            content_cache: true,
        }))
    }

    /// An output where it was made. It is not hashed again: what made it is its key.
    pub fn bind_output(self, from: &str, output: &str) -> Spanned<Mount> {
        self.spanned(Mount::Bind(BindMount {
            from: self.spanned(Base::Stage(stage_name(from))),
            output: Some(self.spanned(output_name(output))),
            source: None,
            include: Vec::new(),
            exclude: Vec::new(),
            target: None,
            read_only: false,
            content_cache: false,
        }))
    }

    /// A folder of an output, at another path.
    pub fn bind_folder(self, from: &str, output: &str, folder: &str, target: &str) -> Spanned<Mount> {
        let mut bound = self.bind_output(from, output);
        if let Mount::Bind(bind) = &mut bound.value {
            bind.source = self.folder(folder);
            bind.target = Some(self.text(target));
        }
        bound
    }

    fn folder(self, folder: &str) -> Option<Spanned<Text>> {
        (!folder.is_empty()).then(|| self.text(folder))
    }
}

/// `${NAME}`
pub fn argument(name: &str) -> Text {
    Text::parse(&format!("${{{name}}}")).expect("stacks name arguments that exist")
}

pub fn words(words: &[&str]) -> Vec<Text> {
    words.iter().map(|&word| Text::literal(word)).collect()
}

pub fn stage_name(name: &str) -> StageName {
    StageName::new(name).expect("stacks give their stages valid names")
}

pub fn output_name(name: &str) -> OutputName {
    OutputName::new(name).expect("stacks give their outputs valid names")
}
