//! Whose request it is that a proxy passes on: told by who shares an allowance of one event.

use ssehub::limits::{InvalidProxy, LimitConfig, Peer, Proxy};

use super::{ask, at, limited, rate, say};

const PROXY: &str = "10.0.0.1";

/// Whether two requests of the proxy are taken to be those of one client.
fn same(one: &str, other: &str) -> bool {
    same_from(at(PROXY), one, other)
}

fn same_from(peer: Peer, one: &str, other: &str) -> bool {
    let talk = limited(
        LimitConfig::default()
            .trusted_proxies(
                ["10.0.0.0/8", "unix", "2001:db8::/32"]
                    .map(|it| it.parse().unwrap())
                    .to_vec(),
            )
            .anonymous_publish(rate("1")),
    );
    let status = |fields: &str| {
        let fields = fields.lines().map(|line| format!("{line}\r\n"));
        let fields: String = fields.collect();
        ask(&mut talk.another_from(peer), say(&fields)).status
    };
    match (status(one), status(other)) {
        (200, 200) => false,
        (200, 429) => true,
        odd => panic!("{odd:?}"),
    }
}

/// Whether a request is taken to be that of the client at 192.0.2.1.
fn is_client(fields: &str) -> bool {
    same("X-Forwarded-For: 192.0.2.1", fields)
}

/// Whether a request is taken to be that of the proxy itself.
fn is_proxy(fields: &str) -> bool {
    same("", fields)
}

#[test]
fn a_client_is_told_in_many_ways() {
    for fields in [
        "X-Forwarded-For: 192.0.2.1",
        "X-Forwarded-For: 192.0.2.1:4711",
        "X-Forwarded-For:   192.0.2.1   ",
        "X-Forwarded-For: ::ffff:192.0.2.1",
        "X-Forwarded-For: [::ffff:192.0.2.1]:80",
        "x-forwarded-for: 8.8.8.8, 192.0.2.1",
        "X-Forwarded-For: 192.0.2.1, 10.1.2.3",
        "X-Forwarded-For: 192.0.2.1, 10.1.2.3, 2001:db8::7",
        "X-Forwarded-For: 8.8.8.8\nX-Forwarded-For: 192.0.2.1",
        "X-Forwarded-For: 192.0.2.1\nX-Forwarded-For: 10.9.9.9, 10.9.9.8",
        "X-Forwarded-For: nonsense, 192.0.2.1",
        "X-Forwarded-For: ,,\"\\, 192.0.2.1",
        "Forwarded: for=192.0.2.1",
        "Forwarded: For=192.0.2.1",
        "Forwarded: FOR=\"192.0.2.1\"",
        "Forwarded: for=\"192.0.2.1:4711\"",
        "Forwarded: for=\"192.0.2.1:_port\"",
        "Forwarded: for=192.0.2.1;proto=http;by=203.0.113.43",
        "Forwarded: proto=http; by=203.0.113.43; for=192.0.2.1",
        "Forwarded: for=8.8.8.8, for=192.0.2.1",
        "Forwarded: for=8.8.8.8\nForwarded: for=192.0.2.1",
        "Forwarded: for=192.0.2.1, for=\"[2001:db8::1]:80\", for=10.0.0.9",
        "Forwarded: for=unknown, for=192.0.2.1",
        "Forwarded: for=_hidden, for=192.0.2.1",
        // What a client has left open ends where the proxy begins.
        "Forwarded: for=\", for=192.0.2.1",
        "Forwarded: for=\"\\, for=192.0.2.1",
        "Forwarded: for=\"8.8.8.8, for=192.0.2.1;host=\"a, for=9.9.9.9\"",
        // What a proxy quotes, because a client has said it, is no field.
        "Forwarded: for=192.0.2.1;host=\"a\\\", for=9.9.9.9;x=\\\"\"",
        "Forwarded: for=192.0.2.1;host=\"a;for=9.9.9.9\"",
        // Both say the same.
        "Forwarded: for=192.0.2.1\nX-Forwarded-For: 8.8.8.8, 192.0.2.1",
    ] {
        assert!(is_client(fields), "{fields}");
        assert!(!is_proxy(fields), "{fields}");
    }
}

#[test]
fn who_is_not_told_is_the_proxy() {
    for fields in [
        "",
        "X-Forwarded-For:",
        "X-Forwarded-For: unknown",
        "X-Forwarded-For: 192.0.2.1, nonsense",
        "X-Forwarded-For: 192.0.2.1,",
        "X-Forwarded-For: 192.0.2.256",
        "X-Forwarded-For: 192.0.2.1:x",
        "X-Forwarded-For: 192.0.2.1:",
        "X-Forwarded-For: [192.0.2.1]",
        "X-Forwarded-For: [::1",
        "X-Forwarded-For: ::1]:80",
        "X-Forwarded-For: fe80::1%eth0",
        "X-Forwarded-For: 192.0.2.1;192.0.2.2",
        "X-Forwarded-For: 192.0.2.1 192.0.2.2",
        "X-Forwarded-For: \u{e9}",
        "Forwarded: 192.0.2.1",
        "Forwarded: for=",
        "Forwarded: for=\"",
        "Forwarded: for=\"192.0.2.1",
        "Forwarded: for=192.0.2.1;for=192.0.2.2",
        "Forwarded: by=192.0.2.1",
        "Forwarded: for=192.0.2.1, proto=http",
        "Forwarded: for=192.0.2.1, for=unknown",
        "Forwarded: for=192.0.2.1, for=_hidden",
        "Forwarded: for=192.0.2.1, for=\"_hidden:_port\"",
        // A proxy that knows one of the fields lets the other one pass.
        "Forwarded: for=192.0.2.1\nX-Forwarded-For: 192.0.2.2",
        "Forwarded: nonsense\nX-Forwarded-For: 192.0.2.1",
        "Forwarded: for=192.0.2.1\nX-Forwarded-For: nonsense",
    ] {
        assert!(is_proxy(fields), "{fields}");
        assert!(!is_client(fields), "{fields}");
    }
}

#[test]
fn a_hidden_client_is_whoever_hides_it() {
    let hidden = "Forwarded: for=192.0.2.1, for=_one, for=10.0.0.2";
    assert!(same(hidden, "X-Forwarded-For: 10.0.0.2"));
    assert!(same(hidden, "Forwarded: for=_other, for=10.0.0.2"));
    assert!(!is_proxy(hidden));
}

#[test]
fn the_last_of_those_who_are_all_trusted() {
    assert!(same(
        "X-Forwarded-For: 10.0.0.3, 10.0.0.2",
        "Forwarded: for=10.0.0.3"
    ));
    assert!(!same(
        "X-Forwarded-For: 10.0.0.3",
        "X-Forwarded-For: 10.0.0.2"
    ));
}

#[test]
fn nobody_else_is_believed() {
    for peer in [at("192.0.2.9"), at("2001:db9::1"), Peer::Unknown] {
        for name in ["X-Forwarded-For: ", "Forwarded: for="] {
            let told = |address: &str| format!("{name}{address}");
            assert!(
                same_from(peer, &told("192.0.2.1"), &told("192.0.2.2")),
                "{peer:?}"
            );
            assert!(same_from(peer, &told("192.0.2.1"), ""), "{peer:?}");
        }
    }
}

#[test]
fn any_kind_of_proxy_is_believed() {
    for peer in [
        at("10.255.255.255"),
        at("::ffff:10.0.0.1"),
        at("2001:db8:1::1"),
        Peer::Unix,
    ] {
        let told = |address: &str| format!("X-Forwarded-For: {address}");
        assert!(
            !same_from(peer, &told("192.0.2.1"), &told("192.0.2.2")),
            "{peer:?}"
        );
        assert!(
            same_from(peer, &told("192.0.2.1"), &told("192.0.2.1")),
            "{peer:?}"
        );
    }
}

#[test]
fn proxies_as_they_are_written() {
    let is = |text: &str, peer: Peer| text.parse::<Proxy>().unwrap().is(peer);
    for (text, inside, outside) in [
        ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("192.0.2.1/32", "192.0.2.1", "192.0.2.0"),
        ("192.0.2.128/25", "192.0.2.255", "192.0.2.127"),
        ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
        ("0.0.0.0/0", "8.8.8.8", "::1"),
        ("::/0", "2001:db8::1", "8.8.8.8"),
        ("::1", "::1", "::2"),
        ("2001:db8::/32", "2001:db8:ffff::", "2001:db9::"),
        ("2001:db8::8/125", "2001:db8::f", "2001:db8::10"),
    ] {
        assert!(is(text, at(inside)), "{text}");
        assert!(!is(text, at(outside)), "{text}");
        assert!(!is(text, Peer::Unix) && !is(text, Peer::Unknown), "{text}");
    }
    assert!(is("unix", Peer::Unix));
    assert!(!is("unix", at("127.0.0.1")) && !is("unix", Peer::Unknown));
    for text in [
        "",
        "unix:",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/+8",
        "/8",
        "::1/127",
        "::/129",
        "::ffff:10.0.0.1",
        "example.org",
        "10.0.0",
        "[::1]",
        "10.0.0.0/8/8",
    ] {
        assert_eq!(text.parse::<Proxy>(), Err(InvalidProxy), "{text}");
    }
}
