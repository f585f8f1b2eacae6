//! File operations.

use buildkit_proto::pb;
use serde_json::{Value, json};

use super::fields::{bytes, flag, long, object, one, small, text, texts};

pub(super) fn action(action: &pb::FileAction) -> Value {
    use pb::file_action::Action;
    let (name, kind) = match &action.action {
        None => ("", None),
        Some(Action::Copy(kind)) => ("copy", Some(copy(kind))),
        Some(Action::Mkfile(kind)) => {
            let fields = [
                ("path", text(&kind.path)),
                ("mode", small(kind.mode)),
                ("data", bytes(&kind.data)),
                ("owner", one(kind.owner.as_ref(), owner)),
                ("timestamp", long(kind.timestamp)),
            ];
            ("mkfile", Some(object(fields)))
        }
        Some(Action::Mkdir(kind)) => {
            let fields = [
                ("path", text(&kind.path)),
                ("mode", small(kind.mode)),
                ("makeParents", flag(kind.make_parents)),
                ("owner", one(kind.owner.as_ref(), owner)),
                ("timestamp", long(kind.timestamp)),
            ];
            ("mkdir", Some(object(fields)))
        }
        Some(Action::Rm(kind)) => {
            let fields = [
                ("path", text(&kind.path)),
                ("allowNotFound", flag(kind.allow_not_found)),
                ("allowWildcard", flag(kind.allow_wildcard)),
            ];
            ("rm", Some(object(fields)))
        }
        Some(Action::Symlink(kind)) => {
            let fields = [
                ("oldpath", text(&kind.oldpath)),
                ("newpath", text(&kind.newpath)),
                ("owner", one(kind.owner.as_ref(), owner)),
                ("timestamp", long(kind.timestamp)),
            ];
            ("symlink", Some(object(fields)))
        }
    };
    object([
        ("input", long(action.input)),
        ("secondaryInput", long(action.secondary_input)),
        ("output", long(action.output)),
        (name, kind),
    ])
}

fn copy(copy: &pb::FileActionCopy) -> Value {
    object([
        ("src", text(&copy.src)),
        ("dest", text(&copy.dest)),
        ("owner", one(copy.owner.as_ref(), owner)),
        ("mode", small(copy.mode)),
        ("followSymlink", flag(copy.follow_symlink)),
        ("dirCopyContents", flag(copy.dir_copy_contents)),
        ("attemptUnpackDockerCompatibility", flag(copy.attempt_unpack_docker_compatibility)),
        ("createDestPath", flag(copy.create_dest_path)),
        ("allowWildcard", flag(copy.allow_wildcard)),
        ("allowEmptyWildcard", flag(copy.allow_empty_wildcard)),
        ("timestamp", long(copy.timestamp)),
        ("includePatterns", texts(&copy.include_patterns)),
        ("excludePatterns", texts(&copy.exclude_patterns)),
        ("alwaysReplaceExistingDestPaths", flag(copy.always_replace_existing_dest_paths)),
        ("modeStr", text(&copy.mode_str)),
        ("requiredPaths", texts(&copy.required_paths)),
    ])
}

fn owner(owner: &pb::ChownOpt) -> Value {
    use pb::user_opt::User;
    let user = |user: &pb::UserOpt| match &user.user {
        None => json!({}),
        Some(User::ById(id)) => json!({ "byID": id }),
        Some(User::ByName(named)) => {
            let name = object([("name", text(&named.name)), ("input", long(named.input))]);
            json!({ "byName": name })
        }
    };
    object([("user", one(owner.user.as_ref(), user)), ("group", one(owner.group.as_ref(), user))])
}
