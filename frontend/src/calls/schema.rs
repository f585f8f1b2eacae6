//! `--call=schema`: what an editor needs to complete and check a manifest.

use buildkit_gateway::Response;

use crate::manifest::json_schema;

pub(super) fn answer() -> Response {
    let schema = json_schema();
    super::reply(&schema, format!("{schema:#}\n"))
}
