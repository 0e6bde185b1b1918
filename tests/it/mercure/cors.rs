//! What pages of other origins may do, and what can be found out beforehand.

use super::*;

fn origin(origin: &str) -> String {
    format!("Origin: {origin}\r\n")
}

fn at(cors_origins: &[&str]) -> Talk {
    Talk::with(
        HttpConfig::default()
            .cors_origins(cors_origins.iter().map(|it| it.parse().unwrap()).collect()),
    )
}

/// Else a page could not read where its stream begins, nor find the hub, nor tell why it is refused.
#[test]
fn pages_may_read_the_fields_that_matter() {
    let talk = open();
    let stream = stream(&talk, "match=a&last_event_id=x", &origin(FRIEND));
    let exposed = stream.field("access-control-expose-headers").unwrap();
    for field in [
        "last-event-id",
        "mercure-last-event-id",
        "link",
        "www-authenticate",
        "retry-after",
    ] {
        assert!(
            exposed.split(", ").any(|it| it == field),
            "{field}: {exposed}"
        );
    }
    assert_eq!(
        stream.field("link"),
        Some("</.well-known/mercure>; rel=\"mercure\"")
    );
    assert!(
        at(&["*"])
            .cors("https://any.example")
            .contains("access-control-expose-headers: ")
    );
    for (talk, origin) in [(open(), "https://evil.example"), (at(&[]), FRIEND)] {
        assert!(!talk.cors(origin).contains("access-control-"));
    }
}

impl Talk {
    /// The head of a stream for a page of this origin.
    fn cors(&self, from: &str) -> String {
        stream(self, "topic=a", &origin(from)).head
    }
}

/// With credentials only by name, never all of them, and none by being asked.
#[test]
fn credentials_are_for_origins_that_are_named() {
    let head = open().cors(FRIEND);
    assert!(head.contains("\r\naccess-control-allow-origin: https://friend.example\r\n"));
    assert!(head.contains("\r\naccess-control-allow-credentials: true\r\n"));
    assert!(head.contains("\r\nvary: Origin\r\n"));
    let head = at(&["*"]).cors(FRIEND);
    assert!(head.contains("\r\naccess-control-allow-origin: *\r\n"));
    assert!(!head.contains("access-control-allow-credentials"));
    for other in [
        "https://evil.example",
        "null",
        "https://friend.example.evil.example",
    ] {
        assert!(
            !open().cors(other).contains("access-control-allow"),
            "{other}"
        );
    }
}

#[test]
fn what_a_page_may_ask_with() {
    let mut talk = open();
    let asks = origin(FRIEND)
        + "Access-Control-Request-Method: QUERY\r\n"
        + "Access-Control-Request-Headers: baggage, Content-Type,sentry-trace\r\n"
        + "Access-Control-Request-Headers: x-requested-with, no token, caf\u{e9},\r\n";
    let reply = ask(&mut talk, request("OPTIONS", HUB, &asks));
    assert_eq!(reply.status, 204);
    let methods = reply.field("access-control-allow-methods").unwrap();
    assert_eq!(methods, "get, head, post, query, options");
    let fields = reply.field("access-control-allow-headers").unwrap();
    for field in [
        "authorization",
        "cache-control",
        "content-type",
        "last-event-id",
    ] {
        assert!(fields.split(", ").any(|it| it == field), "{field}");
    }
    assert!(
        fields.ends_with("last-event-id, baggage, sentry-trace, x-requested-with"),
        "{fields}"
    );
    let allowed = reply.field("access-control-allow-origin");
    assert_eq!(allowed, Some(FRIEND));
}

/// A page learns from a refusal what it lacks.
#[test]
fn refusals_are_for_pages_too() {
    let mut talk = guarded(Rights::nothing());
    let reply = ask(
        &mut talk,
        request("GET", &format!("{HUB}?topic=a"), &origin(FRIEND)),
    );
    challenged(&reply, 401, None);
    assert_eq!(reply.field("access-control-allow-origin"), Some(FRIEND));
}

const METADATA: &str = "/.well-known/oauth-protected-resource/.well-known/mercure";

#[test]
fn the_metadata_of_the_protected_resource() {
    let mut talk = guarded(Rights::nothing());
    let reply = ask(&mut talk, get(METADATA));
    assert_eq!(reply.field("content-type"), Some("application/json"));
    let metadata: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(metadata["resource"], RESOURCE);
    assert_eq!(metadata["bearer_methods_supported"], json!(["header"]));
    let types = &metadata["authorization_details_types_supported"];
    assert_eq!(
        types,
        &json!(["https://mercure.rocks/authorization-detail"])
    );
    assert_eq!(metadata["mercure_cookie"], "__Secure-mercure_access_token");
    // There are no matchers beside those that the protocol itself has.
    assert_eq!(metadata["mercure_matcher_types_supported"], Value::Null);
    talk.finish();
}

#[test]
fn a_hub_that_does_not_know_its_url_takes_the_one_it_is_asked_by() {
    let mut talk = Talk::new();
    let metadata: Value = serde_json::from_str(&ask(&mut talk, get(METADATA)).body).unwrap();
    assert_eq!(metadata["resource"], "http://h/.well-known/mercure");
    let mut talk = Talk::with(HttpConfig::default().auth(Arc::new(Auth::new(Rights::nothing()))));
    // It names no place by what a client has said.
    let reply = ask(&mut talk, get(&format!("{HUB}?topic=a")));
    assert_eq!(reply.field("www-authenticate"), Some("bearer"));
}
