//! What an older engine lacks, and what cannot be done another way: told before anything is built.

use buildkit_gateway::Capabilities;
use buildkit_llb::{Capability, Definition};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::lower::{filter, reachable};
use crate::plan::{Base, Copy, Mount, Plan, SecretPlace, Stage, StageName, Step};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

/// What the graph asks of the engine and the engine does not have, at the line that asks for it.
pub(super) fn features(
    definition: &Definition,
    capabilities: &Capabilities,
    plan: &Plan,
    target: &StageName,
    diagnostics: &mut Diagnostics,
) {
    for (name, capability) in definition.capabilities() {
        let Err(why) = capabilities.llb().require(name) else { continue };
        let wanted = capability.and_then(|capability| {
            reachable(plan, target).into_iter().find_map(|stage| wanted(stage, capability))
        });
        let (span, what) = wanted.unwrap_or((Span::default(), "a step"));
        let message = format!("{what} is more than this builder can do: {}", why.message());
        let help = "build with a newer BuildKit, as `docker buildx create --use` starts one";
        diagnostics.push(Diagnostic::new(Rule::UnsupportedFeature, span, message).help(help));
    }
}

/// Where a stage asks for it, and in which words. Engines that lack anything else are older than what can be met.
fn wanted(stage: &Stage, capability: Capability) -> Option<(Span, &'static str)> {
    if capability == Capability::DiffOp {
        let whole = stage.merge.iter().find(|layer| layer.value.output.is_none())?;
        return Some((whole.span, "merging a whole stage"));
    }
    let by_mount = |mount: &Spanned<Mount>| wanted_by_mount(&mount.value, capability, mount.span);
    stage.all_mounts().find_map(by_mount).or_else(|| {
        stage.steps.iter().find_map(|step| match &step.value {
            Step::Symlink(_) if capability == Capability::FileSymlinkCreate => Some((step.span, "`symlink`")),
            Step::Copy(copy) if capability == Capability::FileCopyIncludeExcludePatterns && chooses(copy) => {
                Some((step.span, "`copy` with patterns"))
            }
            Step::Run(_)
            | Step::Copy(_)
            | Step::File(_)
            | Step::Mkdir(_)
            | Step::Symlink(_)
            | Step::Remove(_)
            | Step::DependsOn(_) => None,
        })
    })
}

fn wanted_by_mount(mount: &Mount, capability: Capability, span: Span) -> Option<(Span, &'static str)> {
    match mount {
        Mount::Secret(secret) if capability == Capability::ExecSecretEnv => {
            matches!(secret.place, SecretPlace::Variable(_)).then_some((span, "a secret as a variable"))
        }
        Mount::Tmpfs(tmpfs) if capability == Capability::ExecMountTmpfsSize => {
            tmpfs.size.map(|_| (span, "`size` of a `tmpfs`"))
        }
        Mount::Cache(_) | Mount::Secret(_) | Mount::Ssh(_) | Mount::Bind(_) | Mount::Tmpfs(_) => None,
    }
}

/// Files of the build context are chosen when they are loaded.
fn chooses(copy: &Copy) -> bool {
    let pattern = |text: &crate::plan::Text| text.as_literal().is_none_or(|text| !filter::is_literal(text));
    copy.from.value != Base::Context
        && (!copy.exclude.is_empty() || copy.include.iter().any(|text| pattern(&text.value)))
}
