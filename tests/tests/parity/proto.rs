//! Our `.proto` files say what upstream's say: every message, field, number, type and enum.
//!
//! Upstream's are taken from its own generated code, so that whatever the engine speaks is compared,
//! `google.rpc` and fsutil included.

use std::{collections::BTreeMap, fs, path::Path};

use buildkit_proto::Message as _;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    field_descriptor_proto::Label,
};

use crate::go;

/// Packages that the compiler brings along, on both sides the same.
const NOT_OURS: &[&str] = &["google.protobuf"];

/// A line for every message, field, enum value and method, by its full name.
fn lines(files: &[FileDescriptorProto]) -> BTreeMap<String, String> {
    let mut lines = BTreeMap::new();
    for file in files {
        let package = file.package();
        if NOT_OURS.contains(&package) {
            continue;
        }
        for message in &file.message_type {
            add_message(&mut lines, package, message);
        }
        for enumeration in &file.enum_type {
            add_enum(&mut lines, package, enumeration);
        }
        for service in &file.service {
            for method in &service.method {
                let name = format!("{package}.{}.{}", service.name(), method.name());
                let side = |streams, name: &str| format!("{}{name}", if streams { "stream " } else { "" });
                let input = side(method.client_streaming(), method.input_type());
                let output = side(method.server_streaming(), method.output_type());
                lines.insert(name, format!("rpc ({input}) returns ({output})"));
            }
        }
    }
    lines
}

fn add_message(lines: &mut BTreeMap<String, String>, scope: &str, message: &DescriptorProto) {
    let name = format!("{scope}.{}", message.name());
    lines.insert(name.clone(), "message".to_owned());
    for field in &message.field {
        lines.insert(format!("{name}.{}", field.name()), field_line(message, field));
    }
    for nested in &message.nested_type {
        add_message(lines, &name, nested);
    }
    for enumeration in &message.enum_type {
        add_enum(lines, &name, enumeration);
    }
}

fn field_line(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let scalar = || field.r#type().as_str_name().to_owned();
    let kind = field.type_name.clone().unwrap_or_else(scalar);
    let repeated = if field.label() == Label::Repeated { "repeated " } else { "" };
    let oneof = field
        .oneof_index
        .and_then(|at| message.oneof_decl.get(usize::try_from(at).ok()?))
        .map(|oneof| format!(" of oneof {}", oneof.name()))
        .unwrap_or_default();
    format!("{repeated}{kind} = {}{oneof}", field.number())
}

fn add_enum(lines: &mut BTreeMap<String, String>, scope: &str, enumeration: &EnumDescriptorProto) {
    let name = format!("{scope}.{}", enumeration.name());
    for value in &enumeration.value {
        lines.insert(format!("{name}.{}", value.name()), format!("enum value {}", value.number()));
    }
    lines.insert(name, "enum".to_owned());
}

fn ours() -> FileDescriptorSet {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/proto");
    let mut files = Vec::new();
    let mut folders = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder of the checkout") {
            let path = entry.expect("a file of the checkout").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    protox::compile(files, [folder]).expect("our files compile")
}

#[test]
fn parity_of_messages() {
    let folder = go::scratch("parity-proto");
    go::run("descriptors", &folder);
    let theirs = fs::read(folder.join("upstream.pb")).expect("it was written");
    let theirs = FileDescriptorSet::decode(theirs.as_slice()).expect("the Go side's");
    let theirs = lines(&theirs.file);
    let ours = lines(&ours().file);
    assert!(ours.len() > 300, "both sides were read");

    let mut different = Vec::new();
    for name in ours.keys().chain(theirs.keys().filter(|name| !ours.contains_key(*name))) {
        let [ours, theirs] =
            [ours.get(name), theirs.get(name)].map(|line| line.map_or("nothing", String::as_str));
        if ours != theirs {
            different.push(format!("{name}: ours {ours}, upstream's {theirs}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
