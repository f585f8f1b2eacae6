use buildkit_llb::Graph;
use buildkit_proto::frontend as api;
use buildkit_proto::{Message as _, pb};

use super::remote::Source;
use super::{Context, Contexts, Remote};
use crate::{Gateway, Result};

impl Contexts {
    /// The time of the main context, in seconds since 1970: of the commit, or what the web server says. A directory
    /// has none. This is what `SOURCE_DATE_EPOCH=context` asks for.
    pub async fn main_epoch(&self) -> Result<Option<u64>> {
        match self.main() {
            Context::Directory(_) => Ok(None),
            Context::Remote(remote) => epoch(&self.gateway, remote).await,
        }
    }
}

async fn epoch(gateway: &Gateway, remote: &Remote) -> Result<Option<u64>> {
    let Some(source) = source_op(gateway, remote)? else {
        return Ok(None);
    };
    let git = matches!(remote.source, Source::Git(_));
    let request = api::ResolveSourceMetaRequest {
        source: Some(source),
        log_name: "[internal] resolve main build context metadata".to_owned(),
        git: git.then_some(api::ResolveSourceGitRequest { return_object: true }),
        ..api::ResolveSourceMetaRequest::default()
    };
    let response = gateway.resolve_source(request).await?;
    let committed = response.git.and_then(|git| commit_time(&git.commit_object));
    let modified = response.http.and_then(|http| http.last_modified);
    Ok(committed.or(modified.and_then(|time| u64::try_from(time.seconds).ok())))
}

/// Git and web sources are one vertex without inputs, the first there is.
fn source_op(gateway: &Gateway, remote: &Remote) -> Result<Option<pb::SourceOp>> {
    if !matches!(remote.source, Source::Git(_) | Source::File(_) | Source::Archive(_)) {
        return Ok(None);
    }
    let mut graph = Graph::new(gateway.options().build_platform());
    let output = remote.add_whole(&mut graph)?;
    let definition = graph.definition(output)?;
    let op = definition.as_pb().def.first().map(|bytes| pb::Op::decode(bytes.as_slice()));
    Ok(match op {
        Some(Ok(pb::Op { op: Some(pb::op::Op::Source(source)), .. })) => Some(source),
        _ => None,
    })
}

/// `committer NAME <MAIL> SECONDS ZONE`, in the lines before the first empty one.
fn commit_time(object: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(object);
    let line =
        text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix("committer "))?;
    let (_, time) = line.rsplit_once("> ")?;
    time.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits() {
        let commit =
            b"tree ab\nauthor A <a@b> 1 +0000\ncommitter B> <c@d> 1700000000 +0200\n\ncommitter x <y> 3 +0\n";
        assert_eq!(commit_time(commit), Some(1_700_000_000));
        assert_eq!(commit_time(b""), None);
        assert_eq!(commit_time(b"tree\n\ncommitter x <y> 3 +0"), None);
        assert_eq!(commit_time(b"committer \xff"), None);
    }
}
