//! Topics that nobody may publish to, because they are the hub's own.

use super::*;

const RESERVED: &str = "topics of the hub itself are reserved";

/// All of them mean the hub or something below it.
const OWN: &[&str] = &[
    "/.well-known/mercure",
    "/.well-known/mercure/",
    "/.well-known/mercure/subscriptions/a/b",
    "/.well-known/mercure?x",
    "/.well-known/mercure#x",
    "mercure",
    "mercure/subscriptions",
    "./mercure",
    "../.well-known/mercure",
    "../../../.well-known/mercure/x",
    "/a/../.well-known/mercure",
    "/a/%2e%2E/.well-known/./mercure/x",
    "/.well-known/x/../mercure",
    "/.well-known/mercure/../mercure",
    "https://hub.example/.well-known/mercure",
    "https://other.example/.well-known/mercure/x",
    "http://other.example:81/a/../.well-known/mercure",
    "//other.example/.well-known/mercure",
    "https://user:word@other.example/.well-known/mercure",
    "ftp://h/.well-known/mercure",
    "app://h/.well-known/mercure",
    "app:/.well-known/mercure",
    "HTTPS:\\\\h\\.well-known\\mercure",
    "\\.well-known\\mercure",
    "/%2Ewell-known/mercure",
    "/.well%2Dknown/mercur%65",
    "/%2e%77ell-known/%6dercure/x",
    "https:/.well-known/mercure",
    "?x",
    "https:mercure",
    "http:/.well-known/mercure",
    " /.well-known/mercure ",
];

#[test]
fn whatever_resolves_to_the_hub_is_reserved() {
    for topic in OWN {
        let escaped: String = form_urlencoded::byte_serialize(topic.as_bytes()).collect();
        for form in [
            format!("topic={escaped}"),
            format!("topic=a&topic={escaped}&private"),
        ] {
            refused(update("", &form), 400, RESERVED);
        }
    }
}

#[test]
fn what_only_looks_like_the_hub_is_a_topic_like_others() {
    for topic in [
        "/.well-known/mercury",
        "/.well-known/mercure2/x",
        "/.well-known/",
        "/.Well-Known/mercure",
        "/x/.well-known/mercure",
        "/.well-known/mercure/..",
        "/.well-known/mercure/../x",
        "/mercure",
        "x?/.well-known/mercure",
        "https://h/?/.well-known/mercure",
        "https://h/#/.well-known/mercure",
        "https://.well-known/mercure",
        "urn:.well-known/mercure",
        "/.well-known/mercur%2565",
        "/..well-known/mercure",
        "http://[/.well-known/mercure",
    ] {
        let escaped: String = form_urlencoded::byte_serialize(topic.as_bytes()).collect();
        let talk = open();
        publish(&talk, format!("topic={escaped}"));
        let native = format!("/events/{}", escaped.replace('+', "%20"));
        assert_eq!(ask(&mut talk.another(), post(&native, "", "x")).status, 200);
        let events = talk.events();
        assert!(events.iter().all(|it| it.topic().as_str() == topic) && events.len() == 2);
    }
}

#[test]
fn a_star_is_no_topic() {
    let sentence = "* stands for every topic and is none itself";
    refused(update("", "topic=*"), 400, sentence);
    refused(update("", "topic=a&topic=*"), 400, sentence);
    assert_eq!(publish(&open(), "topic=**"), "#1000-1");
}

/// No token grants them, and a stranger does not hear of it.
#[test]
fn reserved_whatever_is_granted() {
    let token = sign("JWT", &plain(&["*", "/.well-known/mercure"], NOTHING));
    let mut talk = guarded(Rights::nothing());
    let reply = ask(
        &mut talk,
        update(&bearer(&token), "topic=/.well-known/mercure"),
    );
    assert_eq!(reply.status, 400, "{reply:?}");
    assert!(reply.body.contains(RESERVED), "{reply:?}");
    let reply = ask(&mut talk, update("", "topic=/.well-known/mercure"));
    assert_eq!(reply.status, 401, "{reply:?}");
    refused(update("", "topic=/.well-known/mercure"), 400, RESERVED);
}

/// Nor by the native endpoints: whoever could publish there could make up subscriptions.
#[test]
fn reserved_by_whatever_protocol() {
    for topic in OWN {
        let escaped: String = form_urlencoded::byte_serialize(topic.as_bytes()).collect();
        let part = escaped.replace('+', "%20");
        let native = format!("/events/{part}");
        refused(post(&native, "", "x"), 400, RESERVED);
        refused(request("DELETE", &native, ""), 400, RESERVED);
        let alternate = format!("/events/a?alternate={escaped}");
        refused(post(&alternate, "", "x"), 400, RESERVED);
        let message = r#"{"message":"hello","user":"ann"}"#;
        let chat = format!("/sse/message?topic={escaped}");
        refused(post(&chat, "", message), 400, RESERVED);
        let lines = "Content-Type: application/x-ndjson\r\n";
        for line in [
            json!({ "topic": topic, "data": "x" }),
            json!({ "topic": "a", "alternates": [topic], "data": "x" }),
            json!({ "topic": topic, "data": "", "end": true }),
        ] {
            let body = format!("{{\"topic\":\"a\",\"data\":\"x\"}}\n{line}");
            refused(post("/events", lines, body), 400, RESERVED);
        }
    }
}

/// The type by which draft 08 tells of subscriptions.
#[test]
fn a_type_that_is_the_hubs_by_whatever_protocol() {
    let sentence = "the type mercure is the hub's own";
    refused(update("", "topic=a&type=mercure"), 400, sentence);
    refused(post("/events/a?type=mercure", "", "x"), 400, sentence);
}
