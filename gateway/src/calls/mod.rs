//! Questions instead of builds: `docker buildx build --call=NAME`.
//!
//! buildx draws the answers to the four calls here itself, and asks another frontend when one of them is missing. Any
//! other name reaches the frontend too, as `frontend.NAME`: buildx then prints the text of
//! [`Response::reply`], or its JSON for `--call=NAME,format=json`.
//!
//! ```
//! use buildkit_gateway::calls::{self, Call, Outline, Target, Targets};
//! use buildkit_gateway::{Error, Response, Result};
//!
//! fn answer(call: &str) -> Result<Response> {
//!     match call {
//!         calls::DESCRIBE => Ok(calls::describe(&[Call::targets(), Call::outline(), Call::lint("Check app.yaml")])),
//!         calls::TARGETS => Ok(Targets::new([Target::new("api").by_default()]).response()),
//!         calls::OUTLINE => Ok(Outline::new("api").response()),
//!         "frontend.motto" => Ok(Response::reply("1.0.0", r#""small""#, "small\n")),
//!         other => Err(Error::unsupported_call(other)),
//!     }
//! }
//! # assert!(answer("frontend.targets").is_ok());
//! # assert!(answer("frontend.plan").is_err());
//! ```

mod describe;
mod lint;
mod llb;
mod outline;
mod sources;
mod table;
mod targets;

use serde::Serialize;

pub use describe::{Call, describe};
pub use lint::{Finding, Lint};
pub use llb::convert_llb;
pub use outline::{Arg, CacheMount, Outline, Secret, Ssh};
pub use targets::{Target, Targets};

use crate::Response;

/// `--call=subrequests.describe`: which calls there are.
pub const DESCRIBE: &str = "frontend.subrequests.describe";
/// `--call=outline`: what a target can be given.
pub const OUTLINE: &str = "frontend.outline";
/// `--call=targets`: which targets there are.
pub const TARGETS: &str = "frontend.targets";
/// `--call=check` and `--check`: what is wrong with the manifest.
pub const LINT: &str = "frontend.lint";
/// `--call=convertllb`: the graph of a target.
pub const CONVERT_LLB: &str = "frontend.convertllb";

/// Of all formats here. With a higher one buildx would print the text instead of drawing the answer itself.
const VERSION: &str = "1.0.0";

fn reply(answer: &impl Serialize, text: String) -> Response {
    // Nothing here can fail to be JSON: no keys but names, no numbers but integers.
    let json = serde_json::to_vec_pretty(answer).unwrap_or_default();
    Response::reply(VERSION, json, text)
}
