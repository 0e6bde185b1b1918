//! What a client can find out beforehand (RFC 9728 "OAuth 2.0 Protected Resource Metadata").

use serde::Serialize;

use super::PATH;
use crate::http::Site;
use crate::http::head::Head;
use crate::http::reply::Reply;
use crate::json;

/// Where it is: RFC 9728, section 3.1.
pub(in crate::http) const METADATA_PATH: &str =
    "/.well-known/oauth-protected-resource/.well-known/mercure";

#[derive(Serialize)]
struct Metadata<'m> {
    resource: String,
    bearer_methods_supported: [&'static str; 1],
    authorization_details_types_supported: [&'static str; 1],
    mercure_cookie: &'m str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    mercure_subscriptions: bool,
}

/// Tells one who is refused where the metadata is (section 5.1), if the hub knows its own URL.
pub(in crate::http) fn point(site: &Site, mut reply: Reply) -> Reply {
    let Some(url) = &site.config.public_url else {
        return reply;
    };
    let mut fields = reply.fields.iter_mut();
    if let Some((_, challenge)) = fields.find(|(name, _)| *name == "www-authenticate") {
        let comma = if challenge.contains('=') { "," } else { "" };
        let pointer = format!("{comma} resource_metadata=\"{url}{METADATA_PATH}\"");
        challenge.to_mut().push_str(&pointer);
    }
    reply
}

/// Describes the hub.
pub(in crate::http) fn describe(site: &Site, head: &Head) -> Reply {
    let own = || {
        let host = head.request.header("host");
        let scheme = if site.config.https { "https" } else { "http" };
        let host = host.map_or("localhost", |host| host.last().as_str());
        format!("{scheme}://{host}")
    };
    let url = site.config.public_url.clone().unwrap_or_else(own);
    let metadata = Metadata {
        resource: url + PATH,
        bearer_methods_supported: ["header"],
        authorization_details_types_supported: ["https://mercure.rocks/authorization-detail"],
        mercure_cookie: "__Secure-mercure_access_token",
        mercure_subscriptions: site.config.roster.is_some(),
    };
    // Strings cannot fail to serialize.
    Reply::json(200, json::encode(&metadata))
}
