use super::{FileAttributes, SourceOp};
use crate::{
    Capability, Digest, Error, Graph, Output, Result,
    metadata::{Common, common_methods},
};

/// A file from a web server.
#[derive(Debug, Clone)]
pub struct Http {
    url: String,
    checksum: Option<Digest>,
    file: FileAttributes,
    auth_header_secret: Option<String>,
    accept: Option<String>,
    user_agent: Option<String>,
    signature: Option<(String, String)>,
    common: Common,
}

impl Http {
    /// The file at this address, `http://` or `https://`.
    pub fn new(url: impl Into<String>) -> Result<Self> {
        let url = url.into();
        let invalid = |reason| Error::invalid("the address of a file", &url, reason);
        let host = ["https://", "http://"]
            .iter()
            .find_map(|scheme| url.strip_prefix(scheme))
            .ok_or_else(|| invalid("it must start with `https://` or `http://`"))?;
        if host.is_empty() || host.starts_with(['/', '?', '#']) {
            return Err(invalid("it has no host"));
        }
        if url.chars().any(|character| character.is_control() || character == ' ') {
            return Err(invalid("it contains a blank or a control character"));
        }
        Ok(Self {
            url,
            checksum: None,
            file: FileAttributes::default(),
            auth_header_secret: None,
            accept: None,
            user_agent: None,
            signature: None,
            common: Common::default(),
        })
    }

    /// Fails unless the file has this digest.
    #[must_use]
    pub fn checksum(mut self, checksum: Digest) -> Self {
        self.checksum = Some(checksum);
        self
    }

    /// Sets the name of the file; else it is the server's or the last part of the address.
    #[must_use]
    pub fn filename(mut self, filename: impl Into<String>) -> Self {
        self.file.filename = Some(filename.into());
        self
    }

    /// Sets the permission bits of the file; else it is readable by root alone.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.file.mode = Some(mode);
        self
    }

    /// Sets who owns the file.
    #[must_use]
    pub fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.file.owner = (uid, gid);
        self
    }

    /// Sends the secret of this id as the `Authorization` header.
    #[must_use]
    pub fn auth_header_secret(mut self, id: impl Into<String>) -> Self {
        self.auth_header_secret = Some(id.into());
        self
    }

    /// Sends this `Accept` header.
    #[must_use]
    pub fn accept(mut self, accept: impl Into<String>) -> Self {
        self.accept = Some(accept.into());
        self
    }

    /// Sends this `User-Agent` header.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Fails unless this armoured OpenPGP signature of the file is by this armoured public key.
    #[must_use]
    pub fn verify_signature(mut self, public_key: impl Into<String>, signature: impl Into<String>) -> Self {
        self.signature = Some((public_key.into(), signature.into()));
        self
    }
}

common_methods!(Http);

impl Graph {
    /// Adds a file from a web server. Refused is a mode that is 0 or more than permission bits.
    pub fn http(&mut self, http: Http) -> Result<Output> {
        let mut source = SourceOp::new(http.url, Capability::SourceHttp);
        source.set_some(
            "http.checksum",
            http.checksum.as_ref().map(Digest::as_str),
            Capability::SourceHttpChecksum,
        );
        let (mode, owner) = (http.file.mode, http.file.owner);
        http.file.set(&mut source)?;
        source.capabilities.add_if(mode.is_some(), Capability::SourceHttpPerm);
        source.capabilities.add_if(owner != (0, 0), Capability::SourceHttpUidGid);
        source.set_some("http.authheadersecret", http.auth_header_secret, Capability::SourceHttpAuth);
        source.set_some("http.header.accept", http.accept, Capability::SourceHttpHeader);
        source.set_some("http.header.user-agent", http.user_agent, Capability::SourceHttpHeader);
        if let Some((public_key, signature)) = http.signature {
            source.set("http.sig.pubkey", public_key);
            source.set("http.sig.signature", signature);
            source.require(Capability::SourceHttpSignatureVerify);
        }
        Ok(Output::new(self.insert(source.into_vertex(http.common, None)), 0))
    }
}
