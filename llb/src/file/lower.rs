//! From a [`File`] to its op, as `client/llb/fileop.go` marshals it.

use buildkit_proto::pb;

use super::{
    Action, Copy, CopySource, File, Mkdir, Mkfile, Owner, Rm, Symlink, Timestamp, User, copy::CopyMode, walk,
};
use crate::{
    Capability, Error, Graph, Output, Result,
    capability::CapabilitySet,
    graph::{Inputs, NewVertex},
    mode::{mode_bits, permission_bits},
    path,
};

const OP: &str = "file";
const NONE: i64 = -1;

impl Graph {
    /// Adds changes to a file system. Refused are a vertex without an action, a path that is not
    /// absolute, and an owner by name where there is no file system to look it up in.
    pub fn file(&mut self, mut file: File) -> Result<Output> {
        let common = std::mem::take(&mut file.common);
        let base = file.base;
        let mut walk = Vec::new();
        walk::of_file(&file, &mut walk);
        let mut actions = Actions {
            inputs: Inputs::default(),
            list: Vec::new(),
            capabilities: [Capability::FileBase].into(),
        };
        actions.add_file(file)?;
        let Actions { inputs, list, capabilities } = actions;
        let op = pb::op::Op::File(pb::FileOp { actions: number(list, inputs.len()) });
        let vertex = NewVertex {
            inputs,
            walk: Some(walk),
            lineage: base.output(),
            ..NewVertex::new(op, common, capabilities)
        };
        Ok(Output::new(self.add(vertex)?, 0))
    }
}

/// What an action works on: a file system of the graph, scratch, or the result of another action.
/// The op counts inputs first and then actions, so an index is known only when all inputs are.
#[derive(Clone, Copy)]
enum On {
    Index(i64),
    Action(usize),
}

impl On {
    fn number(self, inputs: usize) -> i64 {
        match self {
            Self::Index(index) => index,
            Self::Action(action) => i64::try_from(inputs + action).unwrap_or(i64::MAX),
        }
    }
}

struct Step {
    on: On,
    from: On,
    action: pb::file_action::Action,
}

fn number(steps: Vec<Step>, inputs: usize) -> Vec<pb::FileAction> {
    let last = steps.len().saturating_sub(1);
    steps
        .into_iter()
        .enumerate()
        .map(|(at, step)| pb::FileAction {
            input: step.on.number(inputs),
            secondary_input: step.from.number(inputs),
            output: if at == last { 0 } else { NONE },
            action: Some(step.action),
        })
        .collect()
}

struct Actions {
    inputs: Inputs,
    list: Vec<Step>,
    capabilities: CapabilitySet,
}

impl Actions {
    /// Adds the actions of one chain, and returns the place of the last.
    fn add_file(&mut self, file: File) -> Result<usize> {
        let mut previous = None;
        for action in file.actions {
            let base = self.inputs.index_or_scratch(file.base);
            let on = previous.map_or(On::Index(base), On::Action);
            let (from, action) = match action {
                Action::Copy(copy) => self.copy(*copy, base)?,
                Action::Mkdir(mkdir) => (On::Index(NONE), make_directory(mkdir, base)?),
                Action::Mkfile(mkfile) => (On::Index(NONE), make_file(mkfile, base)?),
                Action::Symlink(symlink) => {
                    self.capabilities.add(Capability::FileSymlinkCreate);
                    (On::Index(NONE), make_symlink(symlink, base)?)
                }
                Action::Rm(rm) => {
                    self.capabilities.add_if(rm.wildcard, Capability::FileRmWildcard);
                    (On::Index(NONE), remove(&rm)?)
                }
            };
            previous = Some(self.list.len());
            self.list.push(Step { on, from, action });
        }
        previous.ok_or(Error::Missing { op: OP, part: "an action" })
    }

    fn copy(&mut self, copy: Copy, base: i64) -> Result<(On, pb::file_action::Action)> {
        if !copy.required.is_empty() && copy.include.is_empty() {
            return Err(Error::Conflict {
                op: OP,
                reason: "required paths need a pattern to include".to_owned(),
            });
        }
        let from = match copy.from {
            CopySource::Input(input) => On::Index(self.inputs.index_or_scratch(input)),
            CopySource::File(file) => On::Action(self.add_file(file)?),
        };
        let (mode, mode_str) = match copy.mode {
            CopyMode::Keep => (-1, String::new()),
            CopyMode::Bits(bits) => (signed(mode_bits(bits)?), String::new()),
            CopyMode::Symbolic(text) if text.is_empty() => {
                return Err(Error::empty("a file mode"));
            }
            CopyMode::Symbolic(text) => (0, text),
        };
        let used = &mut self.capabilities;
        used.add_if(
            !copy.include.is_empty() || !copy.exclude.is_empty(),
            Capability::FileCopyIncludeExcludePatterns,
        );
        used.add_if(!copy.required.is_empty(), Capability::FileCopyRequiredPaths);
        used.add_if(copy.replace_existing, Capability::FileCopyAlwaysReplaceExistingDestPaths);
        used.add_if(!mode_str.is_empty(), Capability::FileCopyModeStringFormat);
        let action = pb::file_action::Action::Copy(pb::FileActionCopy {
            src: path::absolute("the source of a copy", &copy.src)?,
            dest: path::absolute_keeping_slash("the destination of a copy", &copy.dest)?,
            owner: owner(copy.owner, base)?,
            mode,
            follow_symlink: copy.follow_symlinks,
            dir_copy_contents: copy.contents,
            attempt_unpack_docker_compatibility: copy.unpack,
            create_dest_path: copy.create_dest_path,
            allow_wildcard: copy.wildcard,
            allow_empty_wildcard: copy.allow_empty_wildcard,
            timestamp: timestamp(copy.created),
            include_patterns: copy.include,
            exclude_patterns: copy.exclude,
            always_replace_existing_dest_paths: copy.replace_existing,
            mode_str,
            required_paths: copy.required,
        });
        Ok((from, action))
    }
}

fn make_directory(mkdir: Mkdir, base: i64) -> Result<pb::file_action::Action> {
    Ok(pb::file_action::Action::Mkdir(pb::FileActionMkDir {
        path: path::absolute("the path of a directory", &mkdir.path)?,
        mode: signed(permission_bits(mkdir.mode)?),
        make_parents: mkdir.parents,
        owner: owner(mkdir.owner, base)?,
        timestamp: timestamp(mkdir.created),
    }))
}

fn make_file(mkfile: Mkfile, base: i64) -> Result<pb::file_action::Action> {
    Ok(pb::file_action::Action::Mkfile(pb::FileActionMkFile {
        path: path::absolute("the path of a file", &mkfile.path)?,
        mode: signed(permission_bits(mkfile.mode)?),
        data: mkfile.data,
        owner: owner(mkfile.owner, base)?,
        timestamp: timestamp(mkfile.created),
    }))
}

fn make_symlink(symlink: Symlink, base: i64) -> Result<pb::file_action::Action> {
    if symlink.target.is_empty() {
        return Err(Error::empty("the target of a symbolic link"));
    }
    Ok(pb::file_action::Action::Symlink(pb::FileActionSymlink {
        oldpath: symlink.target,
        newpath: path::absolute("the path of a symbolic link", &symlink.path)?,
        owner: owner(symlink.owner, base)?,
        timestamp: timestamp(symlink.created),
    }))
}

fn remove(rm: &Rm) -> Result<pb::file_action::Action> {
    Ok(pb::file_action::Action::Rm(pb::FileActionRm {
        path: path::absolute("the path to remove", &rm.path)?,
        allow_not_found: rm.allow_not_found,
        allow_wildcard: rm.wildcard,
    }))
}

/// Zero would be 1970.
fn timestamp(created: Option<Timestamp>) -> i64 {
    created.map_or(-1, |created| created.0)
}

fn signed(mode: u32) -> i32 {
    i32::try_from(mode).unwrap_or(i32::MAX)
}

fn owner(owner: Option<Owner>, base: i64) -> Result<Option<pb::ChownOpt>> {
    let Some(owner) = owner else { return Ok(None) };
    Ok(Some(pb::ChownOpt { user: user(owner.user, base)?, group: user(owner.group, base)? }))
}

fn user(user: Option<User>, base: i64) -> Result<Option<pb::UserOpt>> {
    let user = match user {
        None => return Ok(None),
        Some(User::Id(id)) => pb::user_opt::User::ById(id),
        Some(User::Name(name)) if name.is_empty() => {
            return Err(Error::empty("the name of an owner"));
        }
        Some(User::Name(name)) if base == NONE => {
            return Err(Error::invalid(
                "an owner on scratch",
                name,
                "scratch has no `/etc/passwd` to look it up in; give a number",
            ));
        }
        Some(User::Name(name)) => pb::user_opt::User::ByName(pb::NamedUserOpt { name, input: base }),
    };
    Ok(Some(pb::UserOpt { user: Some(user) }))
}
