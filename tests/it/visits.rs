//! The access log: what its lines say, and what they keep to themselves.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Once};
use std::time::Duration;

use log::kv::{Error, Key, Value, VisitSource};
use log::{LevelFilter, Log, Metadata, Record};
use ssehub::auth::{ApiKey, ApiKeys, Auth, KeyLine, Rights};
use ssehub::http::HttpConfig;
use ssehub::limits::{LimitConfig, Limits, Peer};

use crate::talk::Talk;

thread_local! {
    /// What this test's thread has logged.
    static LINES: RefCell<Vec<Line>> = RefCell::default();
}

/// One line: what it is about, and its fields.
#[derive(Clone, Debug, Default)]
struct Line {
    level: String,
    message: String,
    fields: HashMap<String, String>,
}

impl Line {
    fn get(&self, key: &str) -> Option<&str> {
        self.fields.get(key).map(String::as_str)
    }

    #[track_caller]
    fn check(&self, message: &str, expected: &[(&str, &str)]) {
        assert_eq!(self.message, message, "{self:?}");
        for (key, value) in expected {
            assert_eq!(self.get(key), Some(*value), "{key} in {self:?}");
        }
    }
}

impl<'kvs> VisitSource<'kvs> for Line {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        self.fields.insert(key.to_string(), value.to_string());
        Ok(())
    }
}

struct Ears;

impl Log for Ears {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        if !record.target().starts_with("ssehub") {
            return;
        }
        let mut line = Line {
            level: record.level().to_string(),
            message: record.args().to_string(),
            ..Line::default()
        };
        record.key_values().visit(&mut line).unwrap();
        LINES.with_borrow_mut(|lines| lines.push(line));
    }

    fn flush(&self) {}
}

/// What has been logged since the last call.
fn lines() -> Vec<Line> {
    LINES.take()
}

/// Has all tests listened to.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Ears).unwrap();
        log::set_max_level(LevelFilter::Info);
    });
}

/// What is logged by this thread meanwhile, each with its level.
pub fn heard(doing: impl FnOnce()) -> Vec<String> {
    listen();
    lines();
    doing();
    let lines = lines().into_iter();
    lines
        .map(|line| format!("{} {}", line.level, line.message))
        .collect()
}

/// A server that is listened to.
fn server(config: HttpConfig) -> Talk {
    listen();
    Talk::with(config)
}

fn logged() -> Talk {
    server(HttpConfig::default().access_log(true))
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n")
}

/// The only line of a request.
#[track_caller]
fn line_of(talk: &mut Talk, request: &str) -> Line {
    lines();
    talk.send(request);
    let lines = lines();
    let [line] = &lines[..] else {
        panic!("{lines:?}")
    };
    line.clone()
}

/// The line of a stream that was opened by this request, after something has ended it.
#[track_caller]
fn end_of(talk: &Talk, request: &str, ending: impl FnOnce(&mut Talk)) -> Line {
    let mut stream = talk.another();
    line_of(&mut stream, request).check("request", &[("status", "200")]);
    ending(&mut stream);
    let lines = lines();
    let mut ended = lines.iter().filter(|it| it.message == "stream ended");
    let (Some(line), None) = (ended.next(), ended.next()) else {
        panic!("{lines:?}")
    };
    line.clone()
}

#[test]
fn a_request_is_told_with_its_answer() {
    let mut talk = logged();
    let line = line_of(&mut talk, &get("/healthz?x=1"));
    let bytes = talk.received.len().to_string();
    line.check(
        "request",
        &[
            ("method", "GET"),
            ("path", "/healthz?***"),
            ("status", "200"),
            ("bytes", &bytes),
        ],
    );
    assert_eq!(line.get("client"), None);
    assert_eq!(line.get("reason"), None);
}

#[test]
fn a_request_takes_from_its_first_byte_to_its_answer() {
    let mut talk = logged();
    let mut parts = ["GET /healthz HTTP/1.1\r\n", "Host: h\r\n\r\n"].into_iter();
    talk.send(parts.next().unwrap());
    talk.pass(Duration::from_secs(2));
    line_of(&mut talk, parts.next().unwrap()).check("request", &[("seconds", "2")]);
}

#[test]
fn nothing_is_told_unless_it_is_wanted() {
    let mut talk = server(HttpConfig::default());
    talk.send(get("/healthz"));
    talk.send(get("/events/a?format=text"));
    drop(talk);
    assert_eq!(lines().len(), 0);
}

#[test]
fn a_refusal_is_told_once_in_either_case() {
    let line = line_of(&mut server(HttpConfig::default()), &get("/nowhere"));
    assert_eq!(line.message, "404 /nowhere: there is nothing here");
    let line = line_of(&mut logged(), &get("/nowhere"));
    line.check(
        "request",
        &[("status", "404"), ("reason", "there is nothing here")],
    );
}

#[test]
fn what_cannot_be_read_is_told_without_what_it_was() {
    let line = line_of(
        &mut logged(),
        "GET / HTTP/1.1\r\nAuthorization: secret\r\n\r\n",
    );
    line.check(
        "request",
        &[("method", "?"), ("path", "?"), ("status", "400")],
    );
    assert!(!format!("{line:?}").contains("secret"));
}

#[test]
fn secrets_are_kept() {
    for query in [
        "topic=a&authorization=secret",
        "authorization=secret&topic=a",
        "access_token=secret&topic=a",
        "Topic=secret&topic=a",
        "secret&topic=a",
        "secret=&topic=a",
        "authorization=secret=secret&topic=a",
        "%61uthorization=secret&topic=a",
    ] {
        let target = format!("/.well-known/mercure?{query}");
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: h\r\nCookie: mercureAuthorization=secret\r\n\
             Referer: http://h/?secret\r\n\r\n"
        );
        let line = line_of(&mut logged(), &request);
        assert!(!format!("{line:?}").contains("secret"), "{query}: {line:?}");
        assert!(line.get("path").unwrap().contains("topic=a"), "{line:?}");
    }
}

#[test]
fn a_poll_is_told_with_its_events() {
    let mut talk = logged();
    talk.world.publish("a", "1");
    talk.world.publish("a", "2");
    let target = "/events/a?format=poll&last_event_id=earliest";
    line_of(&mut talk, &get(target)).check("request", &[("path", target), ("events", "2")]);
}

#[test]
fn a_stream_whose_client_goes_is_told_with_what_it_got() {
    let talk = logged();
    let mut head = 0;
    let line = end_of(&talk, &get("/events/a"), |stream| {
        head = stream.received.len();
        stream.world.publish_all("a", 0..3);
        stream.pass(Duration::from_secs(5));
        head = stream.received.len() - head;
        stream.hang_up();
    });
    let bytes = head.to_string();
    line.check(
        "stream ended",
        &[
            ("method", "GET"),
            ("path", "/events/a"),
            ("events", "3"),
            ("bytes", &bytes),
            ("seconds", "5"),
            ("reason", "gone"),
        ],
    );
}

#[test]
fn a_stream_is_told_with_the_reason_of_its_end() {
    let config = || {
        HttpConfig::default()
            .access_log(true)
            .stream_life(Duration::from_secs(100))
            .stall(Duration::from_secs(30))
    };
    let reason = |request: &str, ending: fn(&mut Talk)| {
        let talk = server(config());
        let line = end_of(&talk, &get(request), ending);
        line.get("reason").unwrap().to_owned()
    };
    let over = |stream: &mut Talk| stream.pass(Duration::from_secs(100));
    assert_eq!(reason("/events/a", over), "time");
    assert_eq!(reason("/events/a?presence=1", over), "time");
    let stop = |stream: &mut Talk| {
        stream.site.close();
        stream.read();
    };
    assert_eq!(reason("/events/a", stop), "stop");
    let end = |stream: &mut Talk| {
        stream.world.end("a");
        stream.read();
    };
    assert_eq!(reason("/events/a", end), "end");
    let stall = |stream: &mut Talk| {
        (0..100).for_each(|_| _ = stream.world.publish("a", &"x".repeat(200)));
        stream.world.settle();
        stream.world.pass(Duration::from_secs(31));
    };
    assert_eq!(reason("/events/a", stall), "stalled");
}

/// A server for two keys, and what a request with one of them is.
fn keyed(config: HttpConfig, name: &str) -> (Talk, impl Fn(&str) -> String + use<>) {
    let key = ApiKey::from_bytes(&[7; 32]);
    let line = KeyLine::default()
        .name(name)
        .sha256(key.digest())
        .publish(vec!["a".to_owned()])
        .subscribe(vec!["a".to_owned()]);
    let keys = ApiKeys::parse(&serde_json::to_string(&line).unwrap()).unwrap();
    let rate = Some("1:1".parse().unwrap());
    let limits = LimitConfig::default().publish(rate);
    let config = config
        .auth(Auth::new(Rights::nothing()).with_api_keys(keys))
        .limits(Arc::new(Limits::new(limits)));
    let request = move |line: &str| {
        let key = key.reveal();
        format!(
            "{line} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {key}\r\nContent-Length: 0\r\n\r\n"
        )
    };
    (server(config), request)
}

#[test]
fn the_key_is_named_and_never_shown() {
    let (talk, request) = keyed(HttpConfig::default().access_log(true), "shop");
    let mut publisher = talk.another();
    for (target, status) in [("a", "200"), ("a", "429"), ("b", "403")] {
        let line = line_of(&mut publisher, &request(&format!("POST /events/{target}")));
        line.check("request", &[("status", status), ("subject", "shop")]);
        assert!(!format!("{line:?}").contains("ssehub_"), "{line:?}");
    }
    let poll = line_of(
        &mut talk.another(),
        &request("GET /events/a?format=poll&wait=0"),
    );
    poll.check("request", &[("status", "200"), ("subject", "shop")]);
    let stream = end_of(&talk, &request("GET /events/a"), Talk::hang_up);
    stream.check("stream ended", &[("subject", "shop")]);
    // Who shows no good credential has no name.
    let unknown = request("POST /events/a").replace("Bearer ssehub_", "Bearer ssehub-");
    for request in [get("/events/a"), unknown] {
        let line = line_of(&mut talk.another(), &request);
        line.check("request", &[("status", "401")]);
        assert_eq!(line.get("subject"), None);
    }
}

#[test]
fn a_refusal_names_the_key_and_the_client_without_an_access_log() {
    let (talk, request) = keyed(HttpConfig::default(), "shop");
    let mut publisher = talk.another_from("192.0.2.7".parse::<std::net::IpAddr>().unwrap().into());
    publisher.send(request("POST /events/a"));
    let line = line_of(&mut publisher, &request("POST /events/a"));
    let message = "429 /events/a: you publish more than you may: try again in 1 s";
    line.check(message, &[("subject", "shop"), ("client", "192.0.2.7")]);
    let line = line_of(&mut publisher, &request("POST /events/b"));
    let message = "403 /events/b: the credential does not grant this, to publish to b";
    line.check(message, &[("subject", "shop")]);
}

#[test]
fn a_long_name_is_cut_off() {
    let (mut talk, request) = keyed(HttpConfig::default().access_log(true), &"ü".repeat(500));
    let line = line_of(&mut talk, &request("POST /events/a"));
    assert_eq!(line.get("subject"), Some(&*"ü".repeat(64)));
}

#[test]
fn a_trace_is_told_if_it_is_one() {
    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";
    let traced = |fields: &str| {
        let request = format!("GET /healthz HTTP/1.1\r\nHost: h\r\n{fields}\r\n");
        let line = line_of(&mut logged(), &request);
        Some((
            line.get("trace_id")?.to_owned(),
            line.get("span_id")?.to_owned(),
        ))
    };
    let field = |value: &str| format!("traceparent: {value}\r\n");
    let right = format!("00-{ID}-{SPAN}-01");
    let told = Some((ID.to_owned(), SPAN.to_owned()));
    assert_eq!(traced(&field(&right)), told);
    assert_eq!(traced(&field(&format!("cc-{ID}-{SPAN}-01-more"))), told);
    let none = "0".repeat(32);
    for wrong in [
        String::new(),
        format!("ff-{ID}-{SPAN}-01"),
        format!("00-{ID}-{SPAN}-01-more"),
        format!("cc-{ID}-{SPAN}-01more"),
        format!("00-{none}-{SPAN}-01"),
        format!("00-{ID}-{}-01", &none[..16]),
        right.to_uppercase(),
        right[..54].to_owned(),
        format!("00-{ID}_{SPAN}-01"),
        format!("00-{}é-{SPAN}-01", &ID[..30]),
    ] {
        assert_eq!(traced(&field(&wrong)), None, "{wrong}");
    }
    assert_eq!(traced(&(field(&right) + &field(&right))), None);
}

#[test]
fn the_client_is_told_also_behind_a_proxy() {
    let limits = LimitConfig::default().trusted_proxies(vec!["192.0.2.1".parse().unwrap()]);
    let talk = server(
        HttpConfig::default()
            .access_log(true)
            .limits(Arc::new(Limits::new(limits))),
    );
    let request = "GET /healthz HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n";
    for (peer, client) in [("192.0.2.1", "198.51.100.7"), ("192.0.2.2", "192.0.2.2")] {
        let mut talk = talk.another_from(Peer::Ip(peer.parse().unwrap()));
        line_of(&mut talk, request).check("request", &[("client", client)]);
    }
    let mut talk = talk.another_from(Peer::Unix);
    line_of(&mut talk, request).check("request", &[("client", "unix")]);
}
