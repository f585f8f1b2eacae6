//! Where the two sides declare other capabilities for the same op, and why.

use std::collections::BTreeSet;

use buildkit_llb::Capability;
use buildkit_proto::pb;

/// Declared by us alone: the Go client uses the feature without saying so.
pub(crate) const FORGOTTEN_BY_GO: &[(Capability, &str)] = &[
    // client/llb/fileop.go, FileOp.Marshal: asks the actions for their capabilities before there
    // are any.
    (Capability::FileSymlinkCreate, "collected before the actions exist"),
    (Capability::FileCopyIncludeExcludePatterns, "collected before the actions exist"),
    (Capability::FileCopyRequiredPaths, "collected before the actions exist"),
    (Capability::FileCopyAlwaysReplaceExistingDestPaths, "collected before the actions exist"),
    (Capability::FileCopyModeStringFormat, "collected before the actions exist"),
    (Capability::FileRmWildcard, "no action asks for it"),
    // The Dockerfile frontend looks for these three itself.
    (Capability::ExecMetaCgroupParent, "client/llb/exec.go does not ask for it"),
    (Capability::ExecMountBindReadWriteNoOutput, "client/llb/exec.go does not ask for it"),
    (Capability::SourceGitSubdir, "client/llb/source.go does not ask for it"),
];

/// Declared by the Go client alone: it asks for what the op does not use.
pub(crate) const NEEDLESS_IN_GO: &[(Capability, &str)] =
    &[(Capability::ExecMetaSetsDefaultPath, "asked for although the op sets PATH")];

/// Takes the known differences out of both, and notes which there were.
pub(crate) fn settle(ours: &mut pb::Definition, theirs: &mut pb::Definition, met: &mut BTreeSet<Capability>) {
    for (digest, ours) in &mut ours.metadata {
        let Some(theirs) = theirs.metadata.get_mut(digest) else { continue };
        for (capability, _) in FORGOTTEN_BY_GO {
            let name = capability.as_str();
            if !theirs.caps.contains_key(name) && ours.caps.remove(name).is_some() {
                met.insert(*capability);
            }
        }
        for (capability, _) in NEEDLESS_IN_GO {
            let name = capability.as_str();
            if !ours.caps.contains_key(name) && theirs.caps.remove(name).is_some() {
                met.insert(*capability);
            }
        }
    }
}
