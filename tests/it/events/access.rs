//! Who may do what, as requests find out.

use std::sync::Arc;
use std::time::Duration;

use ssehub::auth::{ApiKey, ApiKeys, Auth, Rights};
use ssehub::http::HttpConfig;

use super::{Stream, ask, get, post, post_lines, request};
use crate::talk::Talk;

/// When the clock of these tests begins, and when the guest's key ends, in Unix milliseconds.
const BEGIN_MS: u64 = 1_000;
const GUEST_MS: u64 = 31_000;

fn key(number: u8) -> ApiKey {
    ApiKey::from_bytes(&[number; 32])
}

fn bearer(number: u8) -> String {
    format!("Authorization: Bearer {}\r\n", key(number).reveal())
}

/// The shop may publish orders, the guest may read topic `a` for half a minute, and everyone what they may.
fn guarded(everyone: Rights) -> Talk {
    let digest = |number| key(number).digest();
    let lines = format!(
        r#"{{"name":"shop","sha256":"{}","publish":["orders/{{id}}"],"subscribe":["orders/{{id}}"]}}
        {{"name":"guest","sha256":"{}","subscribe":["a"],"expires":{}}}"#,
        digest(1),
        digest(2),
        GUEST_MS / 1_000,
    );
    let auth = Auth::new(everyone).with_api_keys(ApiKeys::parse(&lines).unwrap());
    Talk::with(
        HttpConfig::default()
            .auth(Arc::new(auth))
            .cors_origins(vec!["https://friend.example".parse().unwrap()]),
    )
}

#[track_caller]
fn is_refused(talk: &mut Talk, input: impl AsRef<[u8]>, status: u16, challenge: &str) {
    let text = input.as_ref().escape_ascii().to_string();
    let reply = ask(talk, input);
    assert_eq!(reply.status, status, "{text}: {reply:?}");
    let told = reply.field("www-authenticate").unwrap_or_default();
    assert!(told.starts_with(challenge), "{text}: {told}");
    assert_eq!(told == "bearer", challenge == "bearer", "{text}: {told}");
}

#[test]
fn who_has_no_credential_is_asked_for_one() {
    let mut talk = guarded(Rights::nothing());
    let message = r#"{"message":"hello","user":"ann"}"#;
    for input in [
        post("/events/a", "", "x"),
        post_lines("/events/a", r#"{"data":"x"}"#),
        post("/sse/message", "", message),
        request("DELETE", "/events/a", "").into(),
        get("/events/a").into(),
        get("/events/a?format=poll").into(),
        get("/sse?user=ann").into(),
        get("/presence/a").into(),
    ] {
        is_refused(&mut talk, input, 401, "bearer");
    }
    assert_eq!(talk.said(), [""; 0]);
    assert_eq!(ask(&mut talk, get("/healthz")).status, 200);
    talk.finish();
}

#[test]
fn a_key_lets_publish_what_it_grants() {
    let mut talk = guarded(Rights::to_read());
    let shop = bearer(1);
    assert_eq!(
        ask(&mut talk, post("/events/orders/1", &shop, "x")).status,
        200
    );
    let lines = "{\"topic\":\"orders/2\",\"data\":\"y\"}\n{\"topic\":\"a\",\"data\":\"z\"}";
    let scope = "bearer error=\"insufficient_scope\"";
    is_refused(&mut talk, post_lines("/events", lines), 401, "bearer");
    let typed = format!("{shop}Content-Type: application/x-ndjson\r\n");
    is_refused(&mut talk, post("/events", &typed, lines), 403, scope);
    is_refused(&mut talk, post("/events/a", &shop, "x"), 403, scope);
    is_refused(
        &mut talk,
        post("/events/orders/1?alternate=a", &shop, "x"),
        403,
        scope,
    );
    is_refused(&mut talk, request("DELETE", "/events/a", &shop), 403, scope);
    assert_eq!(talk.said(), ["x"]);
    assert_eq!(
        ask(&mut talk, request("DELETE", "/events/orders/1", &shop)).status,
        200
    );
}

#[test]
fn a_credential_that_is_wrong_is_never_taken_for_none() {
    let mut talk = guarded(Rights::everything());
    let invalid = "bearer error=\"invalid_token\"";
    is_refused(&mut talk, post("/events/a", &bearer(9), "x"), 401, invalid);
    is_refused(
        &mut talk,
        request("GET", "/events/a", &bearer(9)),
        401,
        invalid,
    );
    let request_error = "bearer error=\"invalid_request\"";
    for field in ["Bearer short", "bearer", "YTpi"] {
        let field = format!("Authorization: {field}\r\n");
        is_refused(
            &mut talk,
            post("/events/a", &field, "x"),
            400,
            request_error,
        );
    }
    let twice = bearer(1) + &bearer(1);
    is_refused(
        &mut talk,
        post("/events/orders/1", &twice, "x"),
        400,
        request_error,
    );
    assert_eq!(talk.said(), [""; 0]);
}

#[test]
fn a_key_lets_read_what_it_grants() {
    let mut talk = guarded(Rights::nothing());
    let scope = "bearer error=\"insufficient_scope\"";
    let with = |target: &str, number| request("GET", target, &bearer(number));
    is_refused(&mut talk, with("/events/b", 2), 403, scope);
    is_refused(&mut talk, with("/events?topic=a&topic=b", 2), 403, scope);
    is_refused(&mut talk, with("/events?topic=*", 2), 403, scope);
    is_refused(&mut talk, with("/events?topic={x}", 2), 403, scope);
    is_refused(&mut talk, with("/presence/b", 2), 403, scope);
    assert_eq!(ask(&mut talk, with("/presence/a", 2)).status, 200);
    let poll = "/events?topic=orders/{id}&format=poll&wait=0";
    assert_eq!(ask(&mut talk, with(poll, 1)).status, 200);
    let poll = "/events?topic=orders/{other}&format=poll&wait=0";
    is_refused(&mut talk, with(poll, 1), 403, scope);
    let mut stream = Stream::open(talk.another(), with("/events/a", 2));
    stream.read();
    assert!(!stream.talk.ended);
}

#[test]
fn what_is_private_reaches_those_alone_to_whom_it_is_granted() {
    let talk = guarded(Rights::everything());
    let mut anyone = Stream::open(talk.another(), get("/events?topic=a&topic=b"));
    let mut guest = Stream::open(
        talk.another(),
        request("GET", "/events?topic=a&topic=b", &bearer(2)),
    );
    for (target, data) in [
        ("/events/a", "public"),
        ("/events/a?private=1", "private"),
        ("/events/b?private=1", "not for the guest"),
        ("/events/b?private=1&alternate=a", "also on a"),
    ] {
        assert_eq!(ask(&mut talk.another(), post(target, "", data)).status, 200);
    }
    let line = r#"{"topic":"x","alternates":["a"],"private":true,"data":"a line"}"#;
    assert_eq!(
        ask(&mut talk.another(), post_lines("/events", line)).status,
        200
    );
    assert_eq!(anyone.data(), ["public"]);
    let seen = ["public", "private", "also on a", "a line"];
    assert_eq!(guest.data(), seen);
    let all = "/events?topic=*&last_event_id=earliest&format=poll";
    let count = |fields: &str| {
        let body = ask(&mut talk.another(), request("GET", all, fields)).body;
        body.matches("\"data\"").count()
    };
    assert_eq!(count(""), 1);
    assert_eq!(count(&bearer(2)), seen.len());
    let strange = post("/events/a?private=yes", "", "x");
    assert_eq!(ask(&mut talk.another(), strange).status, 400);
}

#[test]
fn a_connection_ends_with_its_key() {
    let talk = guarded(Rights::nothing());
    let life = Duration::from_millis(GUEST_MS - BEGIN_MS);
    let open = |target: &str| Stream::open(talk.another(), request("GET", target, &bearer(2)));
    let mut streams = [
        "/events/a",
        "/events/a?presence=1",
        "/events/a?format=ndjson",
    ]
    .map(open);
    let mut poll = talk.another();
    poll.send(request("GET", "/events/a?format=poll&wait=60", &bearer(2)));
    talk.world.pass(life - Duration::from_millis(1));
    assert!(streams.iter_mut().all(|stream| !stream.talk.is_over()));
    talk.world.pass(Duration::from_millis(1));
    assert!(streams.iter_mut().all(|stream| stream.talk.is_over()));
    assert_eq!(poll.reply().map(|reply| reply.status), None);
    poll.read();
    assert_eq!(poll.reply().unwrap().status, 200);
    let invalid = "bearer error=\"invalid_token\"";
    let again = request("GET", "/events/a", &bearer(2));
    is_refused(&mut talk.another(), again, 401, invalid);
}

#[test]
fn pages_of_other_origins_change_nothing() {
    let mut talk = guarded(Rights::everything());
    let mut status = |fields: &str| ask(&mut talk, post("/events/a", fields, "x")).status;
    for (fields, expected) in [
        ("", 200),
        ("Origin: http://h\r\n", 200),
        ("Origin: https://H\r\n", 200),
        ("Origin: https://friend.example\r\n", 200),
        ("Origin: https://evil.example\r\n", 403),
        ("Origin: null\r\n", 403),
        ("Origin: http://h.evil.example\r\n", 403),
        (
            "Sec-Fetch-Site: same-origin\r\nOrigin: https://public.example\r\n",
            200,
        ),
        (
            "Sec-Fetch-Site: cross-site\r\nOrigin: https://evil.example\r\n",
            403,
        ),
        ("Referer: https://evil.example/page\r\n", 200),
    ] {
        assert_eq!(status(fields), expected, "{fields:?}");
    }
    // Who can send the field is no page that was not let, or has asked the server before.
    let own = format!("{}Origin: https://evil.example\r\n", bearer(1));
    assert_eq!(
        ask(&mut talk, post("/events/orders/1", &own, "x")).status,
        200
    );
}

/// What only reads may come from anywhere, since no page of another origin gets to see it.
#[test]
fn pages_of_other_origins_make_nobody_present() {
    let cross = "Sec-Fetch-Site: cross-site\r\n";
    let evil = "Origin: https://evil.example\r\n";
    for target in [
        "/sse?user=administrator&format=poll&wait=0",
        "/events/a?user=administrator&format=poll&wait=0",
        "/sse?user=administrator",
    ] {
        for fields in [
            cross.to_owned(),
            "Sec-Fetch-Site: same-site\r\n".to_owned(),
            evil.to_owned(),
            format!("{cross}{evil}"),
            format!("{cross}Origin: null\r\n"),
            "Referer: https://evil.example/page\r\n".to_owned(),
        ] {
            let talk = guarded(Rights::everything());
            let reply = ask(&mut talk.another(), request("GET", target, &fields));
            assert_eq!(reply.status, 403, "{target} {fields}");
            assert_eq!(talk.site.hub().subscribers(), 0, "{target} {fields}");
        }
    }
    let poll = "/events/a?format=poll&wait=0";
    for (fields, user, status) in [
        (cross, "", 200),
        (evil, "", 200),
        ("", "&user=ann", 200),
        ("Sec-Fetch-Site: same-origin\r\n", "&user=ann", 200),
        ("Sec-Fetch-Site: none\r\n", "&user=ann", 200),
        ("Referer: http://h/page\r\n", "&user=ann", 200),
        ("Origin: https://friend.example\r\n", "&user=ann", 200),
        (
            "Sec-Fetch-Site: cross-site\r\nOrigin: https://friend.example\r\n",
            "&user=ann",
            200,
        ),
        ("Sec-Fetch-Site: cross-site\r\n", "&user=ann", 403),
    ] {
        let mut talk = guarded(Rights::everything());
        let reply = ask(&mut talk, request("GET", &format!("{poll}{user}"), fields));
        assert_eq!(reply.status, status, "{fields} {user}");
    }
    // A page that sends a cookie need not say where it comes from.
    let mut talk = guarded(Rights::nothing());
    let cookie = format!("Cookie: mercureAuthorization={}\r\n", key(2).reveal());
    let named = format!("{poll}&user=ann");
    assert_eq!(ask(&mut talk, request("GET", &named, &cookie)).status, 200);
    let foreign = format!("{cookie}{cross}");
    assert_eq!(ask(&mut talk, request("GET", &named, &foreign)).status, 403);
}

#[test]
fn one_origin_with_its_port_and_without() {
    for (host, origin, status) in [
        ("ex.org", "http://ex.org", 200),
        ("ex.org:80", "http://ex.org", 200),
        ("ex.org", "http://ex.org:80", 200),
        ("ex.org", "https://ex.org", 200),
        ("ex.org:443", "https://ex.org", 200),
        ("ex.org", "https://EX.org:443", 200),
        ("ex.org:8080", "http://ex.org:8080", 200),
        ("[::1]:80", "http://[::1]", 200),
        ("ex.org:443", "http://ex.org", 403),
        ("ex.org:80", "https://ex.org", 403),
        ("ex.org:8080", "http://ex.org", 403),
        ("ex.org", "http://ex.org:8080", 403),
        ("ex.org", "ftp://ex.org:80", 403),
    ] {
        let mut talk = guarded(Rights::everything());
        let head = format!("POST /events/a HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n\r\n");
        assert_eq!(ask(&mut talk, head).status, status, "{host} {origin}");
    }
}

/// Every page behind HTTP Basic sends such a field, and the browser adds it by itself.
#[test]
fn a_credential_of_another_scheme_is_none_of_the_hubs() {
    let basic = "Authorization: Basic YTpi\r\n";
    let mut talk = guarded(Rights::to_read());
    is_refused(
        &mut talk,
        post("/events/orders/1", basic, "x"),
        401,
        "bearer",
    );
    let poll = request("GET", "/events/a?format=poll&wait=0", basic);
    assert_eq!(ask(&mut talk, poll).status, 200);
    let cookie = format!(
        "{basic}Cookie: mercureAuthorization={}\r\n",
        key(1).reveal()
    );
    let input = |fields: &str| post("/events/orders/1", &format!("{cookie}{fields}"), "x");
    assert_eq!(ask(&mut talk, input("Origin: http://h\r\n")).status, 200);
    assert_eq!(
        ask(&mut talk, input("Origin: https://evil.example\r\n")).status,
        403
    );
    let mut talk = guarded(Rights::everything());
    let fields = format!("{basic}Origin: https://evil.example\r\n");
    assert_eq!(ask(&mut talk, post("/events/a", &fields, "x")).status, 403);
    assert_eq!(ask(&mut talk, post("/events/a", basic, "x")).status, 200);
}

#[test]
fn a_cookie_is_a_credential_of_pages_that_are_known() {
    let mut talk = guarded(Rights::nothing());
    let token = key(1);
    for name in ["mercureAuthorization", "__Secure-mercure_access_token"] {
        let cookie = format!("Cookie: a=b; {name}={}\r\n", token.reveal());
        let mut status = |fields: &str| {
            let input = post("/events/orders/1", &(cookie.clone() + fields), "x");
            ask(&mut talk, input).status
        };
        assert_eq!(status(""), 403);
        assert_eq!(status("Origin: http://h\r\n"), 200);
        assert_eq!(status("Referer: https://friend.example/page\r\n"), 200);
        assert_eq!(
            status("Referer: https://evil.example/?https://friend.example\r\n"),
            403
        );
        assert_eq!(status("Origin: https://evil.example\r\n"), 403);
        let poll = "/events?topic=orders/{id}&format=poll&wait=0";
        assert_eq!(ask(&mut talk, request("GET", poll, &cookie)).status, 200);
    }
}
