//! What goes wrong, in the form that a client can show.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use buildkit_llb::{Location, VertexDigest};
use buildkit_proto::{Any, Message as _, rpc};
use serde_json::{Map, Value, json};
pub use tonic::Code;

/// What the functions of this crate give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Something that ends the build, with all that a client needs to show it.
///
/// What comes from the daemon keeps its code and its details when it is handed on: the client shows the vertex
/// that failed, its source lines and its log. What a frontend finds itself is [`Error::new`], which clients print
/// without a prefix.
///
/// ```
/// use buildkit_gateway::Error;
/// use buildkit_llb::SourceFile;
///
/// let manifest = SourceFile::new("app.yaml", "# syntax=...\nfrom: alpin\n", "YAML");
/// let error = Error::new("`alpin` is no image").at(&manifest.line(2)?);
/// assert_eq!(error.to_string(), "`alpin` is no image");
/// # Ok::<(), buildkit_llb::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Error {
    code: Code,
    message: String,
    details: Vec<Any>,
}

const SOURCE: &str = "github.com/moby/buildkit/errdefs.Source+json";
const SUBREQUEST: &str = "github.com/moby/buildkit/errdefs.Subrequest+json";
const FRONTEND_CAP: &str = "github.com/moby/buildkit/errdefs.FrontendCap+json";
const VERTEX: &str = "github.com/moby/buildkit/errdefs.Vertex+json";
const EXIT: &str = "github.com/moby/buildkit/gatewayapi.ExitMessage+json";

impl Error {
    /// A mistake of the user's. Its code is `Unknown`, the only one that clients print without its name.
    pub fn new(message: impl Into<String>) -> Self {
        Self::with_code(Code::Unknown, message)
    }

    /// A mistake of the frontend's own; `docker buildx` exits with 100.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::with_code(Code::Internal, message)
    }

    /// Clients put the name of any code but `Unknown` before the message.
    pub fn with_code(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// The answer to a call that this frontend does not know. Clients recognise both the detail and the words.
    pub fn unsupported_call(id: &str) -> Self {
        Self::new(format!("unsupported request {id}")).detail(SUBREQUEST, &json!({ "name": id }))
    }

    /// The answer to a client that asks for something this frontend cannot do.
    pub fn unsupported_capability(name: &str) -> Self {
        Self::with_code(Code::Unimplemented, format!("unsupported frontend capability {name}"))
            .detail(FRONTEND_CAP, &json!({ "name": name }))
    }

    /// The gRPC code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The text alone.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the daemon said besides the text. A value is no protobuf but JSON, as `+json` at the end of its name says
    /// (`util/grpcerrors`); its keys are those of the message in `errdefs`, except that what is empty is left out.
    pub fn details(&self) -> &[Any] {
        &self.details
    }

    /// The vertex that failed, where the daemon names one.
    pub fn vertex(&self) -> Option<VertexDigest> {
        VertexDigest::parse(self.find(VERTEX)?["digest"].as_str()?)
    }

    /// What the process of a step that failed has exited with; 255 also stands for a process that never started.
    pub fn exit_code(&self) -> Option<u32> {
        self.find(EXIT)?["Code"].as_u64()?.try_into().ok()
    }

    /// Whether it names lines of a file. Where no error of a build does, clients blame the `# syntax=` line.
    pub fn has_source(&self) -> bool {
        self.details.iter().any(|detail| detail.type_url.contains("errdefs.Source"))
    }

    /// Whether a file that was asked for is not there. BuildKit has no code for it, only Go's words.
    pub fn is_not_found(&self) -> bool {
        self.code == Code::NotFound
            || [": no such file or directory", ": not a directory"]
                .iter()
                .any(|end| self.message.ends_with(end))
    }

    /// Adds the lines that are to blame. All that were added are shown, in their order.
    #[must_use]
    pub fn at(self, location: &Location) -> Self {
        let file = location.file();
        let mut info = Map::new();
        put(&mut info, "filename", file.filename().into());
        put(&mut info, "data", STANDARD.encode(file.data()).into());
        put(&mut info, "language", file.language().into());
        let ranges = crate::position::ranges(location);
        self.detail(SOURCE, &json!({ "info": info, "ranges": ranges }))
    }

    /// Puts what was being done before the message.
    #[must_use]
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }

    // The form of a detail that every version of BuildKit reads: a registered name, and JSON for a value.
    fn detail(mut self, name: &str, value: &Value) -> Self {
        self.details.push(Any { type_url: name.to_owned(), value: value.to_string().into_bytes() });
        self
    }

    fn find(&self, name: &str) -> Option<Value> {
        let detail = self.details.iter().find(|detail| detail.type_url == name)?;
        serde_json::from_slice(&detail.value).ok()
    }

    pub(crate) fn into_status(self) -> rpc::Status {
        rpc::Status { code: self.code.into(), message: self.message, details: self.details }
    }
}

// Go leaves out what is empty.
fn put(object: &mut Map<String, Value>, key: &str, value: Value) {
    if value != "" {
        object.insert(key.to_owned(), value);
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<tonic::Status> for Error {
    fn from(status: tonic::Status) -> Self {
        // What cannot be decoded is less than the message, which stays.
        let details = rpc::Status::decode(status.details()).map(|status| status.details).unwrap_or_default();
        Self { code: status.code(), message: status.message().to_owned(), details }
    }
}

impl From<rpc::Status> for Error {
    fn from(status: rpc::Status) -> Self {
        Self { code: status.code.into(), message: status.message, details: status.details }
    }
}

impl From<buildkit_llb::Error> for Error {
    /// A value that cannot be read is the user's, and an op that cannot be is the frontend's mistake.
    fn from(error: buildkit_llb::Error) -> Self {
        if matches!(error, buildkit_llb::Error::Invalid { .. }) {
            Self::new(error.to_string())
        } else {
            Self::internal(error.to_string())
        }
    }
}
