//! What a client can find out beforehand (RFC 9728 "OAuth 2.0 Protected Resource Metadata").

use serde::Serialize;

use super::PATH;
use crate::http::Site;
use crate::http::head::Head;
use crate::http::reply::Reply;

/// Where it is: RFC 9728, section 3.1.
pub(in crate::http) const METADATA_PATH: &str =
    "/.well-known/oauth-protected-resource/.well-known/mercure";

#[derive(Serialize)]
struct Metadata<'m> {
    resource: String,
    bearer_methods_supported: [&'static str; 1],
    authorization_details_types_supported: [&'static str; 1],
    mercure_cookie: &'m str,
}

/// Describes the hub.
pub(in crate::http) fn describe(site: &Site, head: &Head) -> Reply {
    let own = || {
        let host = head.request.header("host");
        format!(
            "http://{}",
            host.map_or("localhost", |host| host.last().as_str())
        )
    };
    let url = site.config.public_url.clone().unwrap_or_else(own);
    let metadata = Metadata {
        resource: url + PATH,
        bearer_methods_supported: ["header"],
        authorization_details_types_supported: ["https://mercure.rocks/authorization-detail"],
        mercure_cookie: "__Secure-mercure_access_token",
    };
    // Strings cannot fail to serialize.
    Reply::json(200, serde_json::to_string(&metadata).unwrap_or_default())
}
