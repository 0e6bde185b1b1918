//! Those who are not let in: what they are told, and which pages may know it.

use ssehub::HubConfig;
use ssehub::http::{HttpConfig, Site, TurnedAway};

use crate::world::World;

/// The answer of a server that lets pages of these origins call.
fn answer(why: TurnedAway, origins: &[&str]) -> String {
    let config = HttpConfig::default().cors_origins(
        origins
            .iter()
            .map(|origin| origin.parse().unwrap())
            .collect(),
    );
    let world = World::new(HubConfig::default());
    let site = Site::new(world.hub.clone(), config);
    String::from_utf8(site.turn_away(why)).unwrap()
}

#[test]
fn each_reason_is_told() {
    let cases = [
        (
            TurnedAway::Full,
            "503 Service Unavailable",
            "the server has no place left now",
            Some("5"),
        ),
        (
            TurnedAway::Crowded,
            "429 Too Many Requests",
            "your address has too many connections",
            Some("5"),
        ),
        (
            TurnedAway::Plain,
            "400 Bad Request",
            "this port speaks HTTPS: use https://",
            None,
        ),
    ];
    for (why, status, sentence, later) in cases {
        let answer = answer(why, &[]);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let field = |name: &str| {
            let mut fields = head.split("\r\n").skip(1);
            fields.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status}\r\n")),
            "{head}"
        );
        let told = format!(r#"{{"succeeded":false,"errorMessage":"{sentence}"}}"#);
        assert_eq!(body, told);
        assert_eq!(field("content-length"), Some(&*body.len().to_string()));
        assert_eq!(field("content-type"), Some("application/json"));
        assert_eq!(field("cache-control"), Some("no-store"));
        assert_eq!(field("connection"), Some("close"));
        assert_eq!(field("retry-after"), later);
    }
}

#[test]
fn pages_may_know_it_where_those_of_every_origin_may_call() {
    for why in [TurnedAway::Full, TurnedAway::Crowded, TurnedAway::Plain] {
        let open = answer(why, &["https://shop.example", "*"]);
        assert!(
            open.contains("\r\naccess-control-allow-origin: *\r\n"),
            "{open}"
        );
        assert!(
            open.contains("\r\naccess-control-expose-headers: "),
            "{open}"
        );
        for origins in [&[][..], &["https://shop.example"]] {
            let answer = answer(why, origins);
            assert!(!answer.contains("access-control"), "{answer}");
        }
    }
}
