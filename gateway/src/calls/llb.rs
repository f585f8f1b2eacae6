//! Graphs in the JSON that Go's `protojson` makes of them: what is empty or zero is left out, integers of 64 bits are
//! text, bytes are base64, choices go by their names.

mod fields;
mod file;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use buildkit_llb::{Definition, VertexDigest};
use buildkit_proto::{Message as _, pb};
use serde_json::{Map, Value, json};

use self::fields::{bytes, choice, each, flag, long, map, object, one, small, string_map, text, texts};
use self::file::action;
use crate::Response;
use crate::gather::Gather as _;

/// Of `frontend/subrequests/convertllb`.
const VERSION: &str = "0.1.0";

/// The answer to [`CONVERT_LLB`](super::CONVERT_LLB): the graph of a target. For people there is its text.
pub fn convert_llb(definition: &Definition) -> Response {
    let message = definition.as_pb();
    let ops = message.def.iter().map(|bytes| {
        let decoded = pb::Op::decode(bytes.as_slice()).unwrap_or_default();
        (VertexDigest::of(bytes).to_string(), op(&decoded))
    });
    let metadata = message.metadata.iter().map(|(digest, known)| (digest.clone(), metadata(known)));
    let answer = json!({
        "def": ops.gather::<Map<_, _>>(),
        "metadata": metadata.gather::<Map<_, _>>(),
        "source": message.source.as_ref().map_or_else(|| json!({}), source),
    });
    Response::reply(VERSION, format!("{answer:#}"), definition.to_text())
}

fn op(op: &pb::Op) -> Value {
    use pb::op::Op as Kind;
    let (name, kind) = match &op.op {
        None => ("", None),
        Some(Kind::Exec(kind)) => ("exec", Some(exec(kind))),
        Some(Kind::Source(kind)) => {
            let fields = [("identifier", text(&kind.identifier)), ("attrs", string_map(&kind.attrs))];
            ("source", Some(object(fields)))
        }
        Some(Kind::File(kind)) => ("file", Some(object([("actions", each(&kind.actions, action))]))),
        Some(Kind::Build(kind)) => ("build", Some(build(kind))),
        Some(Kind::Merge(kind)) => {
            let inputs = each(&kind.inputs, |one| object([("input", long(one.input))]));
            ("merge", Some(object([("inputs", inputs)])))
        }
        Some(Kind::Diff(kind)) => {
            let lower = one(kind.lower.as_ref(), |lower| object([("input", long(lower.input))]));
            let upper = one(kind.upper.as_ref(), |upper| object([("input", long(upper.input))]));
            ("diff", Some(object([("lower", lower), ("upper", upper)])))
        }
        Some(Kind::Passthrough(kind)) => {
            let outputs = each(&kind.outputs, |index| index.to_string().into());
            ("passthrough", Some(object([("id", text(&kind.id)), ("outputs", outputs)])))
        }
    };
    let input = |input: &pb::Input| object([("digest", text(&input.digest)), ("index", long(input.index))]);
    object([
        ("inputs", each(&op.inputs, input)),
        (name, kind),
        ("platform", one(op.platform.as_ref(), platform)),
        ("constraints", one(op.constraints.as_ref(), |only| object([("filter", texts(&only.filter))]))),
    ])
}

fn platform(platform: &pb::Platform) -> Value {
    object([
        ("Architecture", text(&platform.architecture)),
        ("OS", text(&platform.os)),
        ("Variant", text(&platform.variant)),
        ("OSVersion", text(&platform.os_version)),
        ("OSFeatures", texts(&platform.os_features)),
    ])
}

fn exec(exec: &pb::ExecOp) -> Value {
    let secret = |secret: &pb::SecretEnv| {
        object([("ID", text(&secret.id)), ("name", text(&secret.name)), ("optional", flag(secret.optional))])
    };
    let device =
        |device: &pb::CdiDevice| object([("name", text(&device.name)), ("optional", flag(device.optional))]);
    object([
        ("meta", one(exec.meta.as_ref(), meta)),
        ("mounts", each(&exec.mounts, mount)),
        ("network", choice(exec.network, pb::NetMode::as_str_name)),
        ("security", choice(exec.security, pb::SecurityMode::as_str_name)),
        ("secretenv", each(&exec.secretenv, secret)),
        ("cdiDevices", each(&exec.cdi_devices, device)),
    ])
}

fn meta(meta: &pb::Meta) -> Value {
    let proxy = |proxy: &pb::ProxyEnv| {
        object([
            ("httpProxy", text(&proxy.http_proxy)),
            ("httpsProxy", text(&proxy.https_proxy)),
            ("ftpProxy", text(&proxy.ftp_proxy)),
            ("noProxy", text(&proxy.no_proxy)),
            ("allProxy", text(&proxy.all_proxy)),
        ])
    };
    let host = |host: &pb::HostIp| object([("Host", text(&host.host)), ("IP", text(&host.ip))]);
    let limit = |limit: &pb::Ulimit| {
        object([("Name", text(&limit.name)), ("Soft", long(limit.soft)), ("Hard", long(limit.hard))])
    };
    object([
        ("args", texts(&meta.args)),
        ("env", texts(&meta.env)),
        ("cwd", text(&meta.cwd)),
        ("user", text(&meta.user)),
        ("proxyEnv", one(meta.proxy_env.as_ref(), proxy)),
        ("extraHosts", each(&meta.extra_hosts, host)),
        ("hostname", text(&meta.hostname)),
        ("ulimit", each(&meta.ulimit, limit)),
        ("cgroupParent", text(&meta.cgroup_parent)),
        ("removeMountStubsRecursive", flag(meta.remove_mount_stubs_recursive)),
        ("validExitCodes", each(&meta.valid_exit_codes, |code| (*code).into())),
    ])
}

fn mount(mount: &pb::Mount) -> Value {
    let cache = |cache: &pb::CacheOpt| {
        object([
            ("ID", text(&cache.id)),
            ("sharing", choice(cache.sharing, pb::CacheSharingOpt::as_str_name)),
        ])
    };
    // Secrets and agents have the same fields.
    let file = |id: &str, ids: [u32; 3], optional: bool| {
        let [user, group, mode] = ids;
        object([
            ("ID", text(id)),
            ("uid", small(user)),
            ("gid", small(group)),
            ("mode", small(mode)),
            ("optional", flag(optional)),
        ])
    };
    object([
        ("input", long(mount.input)),
        ("selector", text(&mount.selector)),
        ("dest", text(&mount.dest)),
        ("output", long(mount.output)),
        ("readonly", flag(mount.readonly)),
        ("mountType", choice(mount.mount_type, pb::MountType::as_str_name)),
        ("TmpfsOpt", one(mount.tmpfs_opt.as_ref(), |tmpfs| object([("size", long(tmpfs.size))]))),
        ("cacheOpt", one(mount.cache_opt.as_ref(), cache)),
        (
            "secretOpt",
            one(mount.secret_opt.as_ref(), |it| file(&it.id, [it.uid, it.gid, it.mode], it.optional)),
        ),
        ("SSHOpt", one(mount.ssh_opt.as_ref(), |it| file(&it.id, [it.uid, it.gid, it.mode], it.optional))),
        ("resultID", text(&mount.result_id)),
        ("contentCache", choice(mount.content_cache, pb::MountContentCache::as_str_name)),
    ])
}

fn build(build: &pb::BuildOp) -> Value {
    object([
        ("builder", long(build.builder)),
        ("inputs", map(&build.inputs, |input| object([("input", long(input.input))]))),
        ("def", one(build.def.as_ref(), definition)),
        ("attrs", string_map(&build.attrs)),
    ])
}

/// As it is inside other messages.
fn definition(definition: &pb::Definition) -> Value {
    let known = |known: &pb::OpMetadata| {
        let export = |export: &pb::ExportCache| object([("Value", flag(export.value))]);
        object([
            ("ignoreCache", flag(known.ignore_cache)),
            ("description", string_map(&known.description)),
            ("exportCache", one(known.export_cache.as_ref(), export)),
            ("caps", map(&known.caps, |&cap| cap.into())),
            ("progressGroup", one(known.progress_group.as_ref(), group)),
            (
                "linuxResources",
                one(known.linux_resources.as_ref(), |limits| resources(limits, |n| n.to_string().into())),
            ),
        ])
    };
    object([
        ("def", each(&definition.def, |op| STANDARD.encode(op).into())),
        ("metadata", map(&definition.metadata, known)),
        ("Source", one(definition.source.as_ref(), source)),
    ])
}

/// Of a vertex: here `encoding/json` writes, with the names of Go's own type.
fn metadata(known: &pb::OpMetadata) -> Value {
    let export = |export: &pb::ExportCache| object([("Value", flag(export.value))]);
    object([
        ("ignore_cache", flag(known.ignore_cache)),
        ("description", string_map(&known.description)),
        ("export_cache", one(known.export_cache.as_ref(), export)),
        ("caps", map(&known.caps, |&cap| cap.into())),
        ("progress_group", one(known.progress_group.as_ref(), group)),
        ("linux_resources", one(known.linux_resources.as_ref(), |limits| resources(limits, Value::from))),
    ])
}

fn group(group: &pb::ProgressGroup) -> Value {
    object([("id", text(&group.id)), ("name", text(&group.name)), ("weak", flag(group.weak))])
}

fn resources(limits: &pb::LinuxResources, number: impl Fn(i64) -> Value) -> Value {
    let signed = |limit: i64| (limit != 0).then(|| number(limit));
    let unsigned = |limit: u64| signed(i64::try_from(limit).unwrap_or(i64::MAX));
    object([
        ("memory", signed(limits.memory)),
        ("memorySwap", signed(limits.memory_swap)),
        ("cpuShares", unsigned(limits.cpu_shares)),
        ("cpuPeriod", unsigned(limits.cpu_period)),
        ("cpuQuota", signed(limits.cpu_quota)),
        ("cpusetCpus", text(&limits.cpuset_cpus)),
        ("cpusetMems", text(&limits.cpuset_mems)),
    ])
}

fn source(source: &pb::Source) -> Value {
    let position = |position: &pb::Position| {
        object([("line", small(position.line)), ("character", small(position.character))])
    };
    let range = |range: &pb::Range| {
        object([("start", one(range.start.as_ref(), position)), ("end", one(range.end.as_ref(), position))])
    };
    let location = |location: &pb::Location| {
        object([("sourceIndex", small(location.source_index)), ("ranges", each(&location.ranges, range))])
    };
    let locations = |all: &pb::Locations| object([("locations", each(&all.locations, location))]);
    let info = |info: &pb::SourceInfo| {
        object([
            ("filename", text(&info.filename)),
            ("data", bytes(&info.data)),
            ("definition", one(info.definition.as_ref(), definition)),
            ("language", text(&info.language)),
        ])
    };
    object([("locations", map(&source.locations, locations)), ("infos", each(&source.infos, info))])
}
