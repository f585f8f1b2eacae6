//! `stages:`: the typed plan, straight from the manifest.

use super::image::ImageKeys;
use super::keys::keys;
use super::mount::path;
use super::read::{Map, Read, Reader};
use super::scalar::User;
use super::schema::Schemas;
use super::step::user;
use super::text::{AbsolutePath, Environment};
use crate::diagnostic::Diagnostic;
use crate::plan::{Base, Layer, Mount, Network, OutputName, Stage, StageName, StageOutput, Step, Text};
use crate::rules::Rule;
use crate::span::Spanned;
use crate::yaml::{Node, Value, quoted};
use serde_json::Value as Json;

keys! {
    /// A stage: what it starts from, what is put on top of that, and the steps.
    StageKeys("a stage") {
        /// `scratch`, `context`, a stage or an image with a tag or digest.
        from: Spanned<Base> = required "add `from: scratch`, a stage or an image",
        /// Where the steps run and which variant of `from` is used; the target platform when not written.
        platform: Spanned<Text>,
        /// The folder that `run` steps start in.
        working_dir: Spanned<AbsolutePath>,
        /// Variables that every `run` step sees.
        environment: Environment,
        /// The user of every `run` step.
        user: Spanned<User>,
        /// The network of every `run` step.
        network: Spanned<Network>,
        /// Layers of other stages on top of `from`, before the steps.
        merge: Vec<Spanned<LayerKeys>>,
        /// What every `run` step sees besides the stage.
        mounts: Vec<Spanned<Mount>>,
        /// Paths that the stage hands on as layers of their own.
        outputs: Map<OutputName, OutputPath>,
        /// What is done, in this order.
        steps: Vec<Spanned<Step>>,
        /// The config of the image that the stage becomes.
        image: StageImage,
    }
}

keys! {
    /// What a stage hands on.
    LayerKeys("an item of `merge`") {
        /// The stage.
        from: Spanned<Base> = required "add `from:` with the name of a stage",
        /// One of its outputs; all that the stage changed when not written.
        output: Spanned<OutputName>,
    }
}

/// The path of an output. One that is broken was reported; the output is kept for those that name it.
#[derive(Debug)]
pub(super) struct OutputPath(Spanned<Text>);

impl Read for OutputPath {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let path = AbsolutePath::read(node, reader).map_or_else(Text::default, |path| path.0);
        Some(Self(Spanned::new(path, node.span)))
    }

    fn schema(schemas: &mut Schemas) -> Json {
        AbsolutePath::schema(schemas)
    }
}

/// The config of a stage's image. Other tools have `image` for what a stage starts from.
#[derive(Debug)]
pub(super) struct StageImage(ImageKeys);

impl Read for StageImage {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if let Value::Scalar(scalar) = &node.value {
            if !reader.keys_without_blank(node) {
                reader.wrong_type(node, "a mapping", format!("write `from: {}`", quoted(&scalar.text)));
            }
            return None;
        }
        ImageKeys::read(node, reader).map(Self)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        ImageKeys::schema(schemas)
    }
}

/// All stages, with what could be read of each.
pub(super) fn stages(map: Map<StageName, StageKeys>, reader: &mut Reader<'_>) -> Vec<Stage> {
    let mut stages = Vec::new();
    for (name, keys) in map.0 {
        if matches!(name.value.as_str(), "scratch" | "context" | "slipway") {
            let message = format!("`{}` means something else in `from`", name.value);
            reader.report(Rule::ReservedName, name.span, message, "give the stage another name");
        }
        let merge = keys.merge.value.unwrap_or_default();
        let merge = merge.into_iter().filter_map(|layer| read_layer(layer, reader)).collect();
        let outputs = keys.outputs.value.map(|outputs| outputs.0).unwrap_or_default();
        let outputs = outputs.into_iter().map(|(name, path)| StageOutput { name, path: path.0 }).collect();
        // A broken stage was reported; it is kept, so that those that name it are not reported as well.
        let from = keys.from.value.unwrap_or(Spanned::new(Base::Scratch, name.span));
        stages.push(Stage {
            name,
            from,
            platform: keys.platform.value,
            merge,
            working_dir: keys.working_dir.value.map(path),
            environment: keys.environment.or_default(),
            user: keys.user.value.map(user),
            network: keys.network.value,
            mounts: keys.mounts.value.unwrap_or_default(),
            outputs,
            steps: keys.steps.value.unwrap_or_default(),
            image: keys.image.value.map(|image| image.0.into_image()),
        });
    }
    stages
}

fn read_layer(layer: Spanned<LayerKeys>, reader: &mut Reader<'_>) -> Option<Spanned<Layer>> {
    let span = layer.span;
    let from = layer.value.from.value?;
    let Base::Stage(stage) = from.value else {
        let diagnostic = Diagnostic::new(Rule::InvalidReference, from.span, "`merge` takes layers of stages")
            .help("write the name of a stage, and what lies under it all in the stage's own `from`");
        reader.diagnostics.push(diagnostic);
        return None;
    };
    Some(Spanned::new(Layer { from: stage, output: layer.value.output.value }, span))
}
