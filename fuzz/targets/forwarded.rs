//! `Forwarded` and `X-Forwarded-For`: the last address that a trusted proxy has added counts, whatever a client
//! has put before it.

#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use libfuzzer_sys::fuzz_target;
use ssehub::limits;

use ssehub::http::head::{HeadLimits, parse};
use ssehub::limits::{LimitConfig, Limits, Peer};

// Private to the library.
#[path = "../../src/http"]
mod http {
    pub use ssehub::http::head;

    mod client;

    pub fn client(limits: &super::Limits, head: &head::Head) -> super::Peer {
        client::of(limits, head)
    }
}

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

fuzz_target!(|text: &str| {
    let config = LimitConfig::default().trusted_proxies(vec![
        "10.0.0.1".parse().unwrap(),
        "2001:db8::/32".parse().unwrap(),
    ]);
    let limits = Limits::new(config);
    let Some(text) = value(text) else { return };
    for name in ["Forwarded", "X-Forwarded-For"] {
        let appended = match name {
            "Forwarded" => format!("{text}, for={CLIENT}"),
            _ => format!("{text}, {CLIENT}"),
        };
        let two_lines = format!("{name}: {text}\r\n{name}: {}\r\n", of(name));
        for fields in [format!("{name}: {appended}\r\n"), two_lines] {
            assert_eq!(client(&limits, &fields), CLIENT.into(), "{fields}");
        }
        // Alone it may name any client.
        client(&limits, &format!("{name}: {text}\r\n"));
    }
});

/// What a proxy says of the client in a line of its own.
fn of(name: &str) -> String {
    match name {
        "Forwarded" => format!("for=\"{CLIENT}:4711\";proto=http"),
        _ => CLIENT.to_string(),
    }
}

/// The text, if it can be the value of a field.
fn value(text: &str) -> Option<&str> {
    let fits = text.len() < 1_000 && text.bytes().all(|byte| (b' '..0x7f).contains(&byte));
    fits.then_some(text)
}

fn client(limits: &Limits, fields: &str) -> Peer {
    let text = format!("GET / HTTP/1.1\r\nHost: h\r\n{fields}\r\n");
    let mut head = parse(text.as_bytes(), &HeadLimits::default())
        .unwrap()
        .unwrap();
    head.peer = PROXY.into();
    http::client(limits, &head)
}
