//! How many bad tokens one address may have verified.

use std::sync::Arc;
use std::time::Duration;

use ssehub::auth::{Auth, Authority, Keys, Rights};
use ssehub::http::HttpConfig;
use ssehub::limits::{BAD_TOKENS, LimitConfig, Limits, Peer};

use super::{SECRET, Talk, ask, at, by_token, get, rate, sentence};

/// How many bad tokens an address may show at once.
const BURST: u64 = 100;

fn server(limits: LimitConfig) -> (Talk, Arc<Auth>) {
    let keys = Keys::from_secret(SECRET.as_bytes()).unwrap();
    let auth = Auth::new(Rights::everything()).with_authority(Authority::new(keys));
    let auth = Arc::new(auth);
    let config = HttpConfig::default()
        .limits(Arc::new(Limits::new(limits)))
        .auth(auth.clone());
    (Talk::with(config), auth)
}

/// A request with a token of which nobody has seen the like, but with the signature of another one.
fn forged(number: u32) -> String {
    let (good, other) = (by_token(None, 0), by_token(None, number + 1));
    let signature = good.trim_end().rsplit_once('.').unwrap().1;
    let (signed, _) = other.trim_end().rsplit_once('.').unwrap();
    get("/presence/a", &format!("{signed}.{signature}\r\n"))
}

#[track_caller]
fn exhaust(talk: &mut Talk) {
    for number in 0..BURST as u32 {
        assert_eq!(ask(talk, forged(number)).status, 401, "{number}");
    }
}

#[test]
fn bad_tokens_of_one_address_are_verified_at_a_rate() {
    assert_eq!(Some(BAD_TOKENS), rate("10:100"));
    let (talk, auth) = server(LimitConfig::default());
    let mut stranger = talk.another_from(at("192.0.2.1"));
    let known = get("/presence/a", &by_token(Some("ann"), 1));
    assert_eq!(ask(&mut stranger, &known).status, 200);
    exhaust(&mut stranger);
    assert_eq!(auth.signature_checks(), 1 + BURST);
    let reply = ask(&mut stranger, forged(1_000));
    assert_eq!((reply.status, reply.field("retry-after")), (429, Some("1")));
    assert_eq!(
        sentence(&reply),
        "your address shows too many bad credentials: try again in 1 s"
    );
    // A new token is not told from a bad one before it is verified.
    let new = get("/presence/a", &by_token(Some("ann"), 2));
    assert_eq!(ask(&mut stranger, &new).status, 429);
    assert_eq!(auth.signature_checks(), 1 + BURST);
    // What is known costs nothing.
    assert_eq!(ask(&mut stranger, &known).status, 200);
    assert_eq!(ask(&mut stranger, get("/presence/a", "")).status, 200);
    // Another address is not concerned.
    let mut other = talk.another_from(at("192.0.2.2"));
    assert_eq!(ask(&mut other, &new).status, 200);
    stranger.pass(Duration::from_millis(100));
    assert_eq!(ask(&mut stranger, forged(1_001)).status, 401);
    assert_eq!(ask(&mut stranger, forged(1_002)).status, 429);
}

#[test]
fn good_tokens_are_not_counted() {
    let (talk, auth) = server(LimitConfig::default());
    let mut client = talk.another_from(at("192.0.2.1"));
    for number in 0..2 * BURST as u32 {
        let request = get("/presence/a", &by_token(None, number));
        assert_eq!(ask(&mut client, request).status, 200);
    }
    assert_eq!(auth.signature_checks(), 2 * BURST);
}

#[test]
fn addresses_at_which_a_proxy_may_be_are_not_limited() {
    let limits = LimitConfig::default().trusted_proxies(vec!["192.0.2.7".parse().unwrap()]);
    let (talk, _) = server(limits);
    for peer in [
        Peer::Unknown,
        Peer::Unix,
        at("127.0.0.1"),
        at("10.1.2.3"),
        at("172.31.0.1"),
        at("192.168.0.1"),
        at("100.64.0.1"),
        at("169.254.0.1"),
        at("::1"),
        at("fd00::1"),
        at("fe80::1"),
        at("192.0.2.7"),
    ] {
        let mut client = talk.another_from(peer);
        exhaust(&mut client);
        assert_eq!(ask(&mut client, forged(1_000)).status, 401, "{peer:?}");
    }
    // The client that a trusted proxy tells of is one.
    let mut proxy = talk.another_from(at("192.0.2.7"));
    let behind = |number| forged(number).replacen("\r\n", "\r\nX-Forwarded-For: 192.0.2.8\r\n", 1);
    for number in 0..BURST as u32 {
        assert_eq!(ask(&mut proxy, behind(number)).status, 401);
    }
    assert_eq!(ask(&mut proxy, behind(1_000)).status, 429);
}
