//! Where keys may be fetched from.

use ssehub::jwks::JwksUrl;

#[test]
fn places_to_fetch_from() {
    for (url, shown) in [
        ("https://example.com/keys", "https://example.com/keys"),
        ("https://example.com", "https://example.com/"),
        (
            "HTTPS://Example.com:8443/a?b#c",
            "https://example.com:8443/a",
        ),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a"),
        (
            "http://127.0.0.1:9/keys?secret=1",
            "http://127.0.0.1:9/keys",
        ),
        ("http://127.9.9.9/", "http://127.9.9.9/"),
        ("http://[::1]/", "http://[::1]/"),
        ("http://localhost:8000/", "http://localhost:8000/"),
    ] {
        let parsed: JwksUrl = url.parse().unwrap();
        assert_eq!(parsed.to_string(), shown);
    }
}

#[test]
fn places_not_to_fetch_from() {
    for url in [
        "",
        "keys.json",
        "/keys.json",
        "file:///keys.json",
        "ftp://example.com/",
        "http://example.com/keys",
        "http://localhost.example.com/",
        "http://192.168.0.1/",
        "http://[2001:db8::1]/",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://:password@example.com/",
        "https://",
        "https://exa mple.com/",
        "https://example.com:99999/",
    ] {
        assert!(url.parse::<JwksUrl>().is_err(), "{url}");
    }
}
