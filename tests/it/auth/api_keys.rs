//! API keys and the file that has their digests.

use super::*;
use ssehub::auth::{ApiKey, ApiKeys};

fn key(number: u8) -> ApiKey {
    ApiKey::from_bytes(&[number; 32])
}

fn line(number: u8, rights: &str) -> String {
    format!(
        r#"{{"name":"shop {number}","sha256":"{}"{rights}}}"#,
        key(number).digest()
    )
}

fn with_keys(text: &str) -> Auth {
    Auth::new(Rights::nothing()).with_api_keys(ApiKeys::parse(text).unwrap())
}

#[test]
fn a_key_is_good_for_what_its_line_says() {
    let full = line(1, r#","publish":["orders/{id}","stock"],"subscribe":["*"]"#);
    let auth = with_keys(&format!("# shops\n\n  {full}  \r\n{}\n", line(2, "")));
    let grant = auth.grant(Some(key(1).reveal()), NOW_MS).unwrap();
    assert_eq!(granted(&grant), [vec!["orders/{id}", "stock"], vec!["*"]]);
    assert_eq!((grant.subject(), grant.until_ms()), (Some("shop 1"), None));
    let grant = auth.grant(Some(key(2).reveal()), NOW_MS).unwrap();
    assert_eq!(granted(&grant), [vec![], Vec::<&str>::new()]);
    assert_eq!(
        grant.check_publish([&topic("stock")]),
        Err(Refusal::NotGranted)
    );
    assert_eq!(refused(&auth, key(3).reveal()), Reason::UnknownKey);
}

#[test]
fn keys_look_like_keys() {
    let [one, other] = [(); 2].map(|()| ApiKey::generate().unwrap());
    assert_ne!(one.reveal(), other.reveal());
    assert!(one.reveal().starts_with("ssehub_") && one.reveal().len() == 50);
    assert_eq!(key(0).reveal(), format!("ssehub_{}", "A".repeat(43)));
    // As `printf %s KEY | sha256sum` says.
    assert_eq!(
        key(0).digest(),
        "432a6ccbe58581407cd0a22bddcfc88fbcde30b7a6e51dc6f26677132057959d"
    );
}

/// One character more, less or otherwise is another key; the digest is no key.
#[test]
fn nearly_a_key() {
    let auth = with_keys(&line(1, ""));
    let good = key(1).reveal().to_owned();
    for at in 7..good.len() {
        let other = if &good[at..=at] == "x" { "y" } else { "x" };
        let text = format!("{}{other}{}", &good[..at], &good[at + 1..]);
        assert_eq!(refused(&auth, &text), Reason::UnknownKey, "{text}");
    }
    let digest = key(1).digest();
    for text in [
        good[..49].to_owned(),
        format!("{good}A"),
        format!("{good}="),
        format!("ssehub_{digest}"),
    ] {
        assert_eq!(refused(&auth, &text), Reason::UnknownKey, "{text}");
    }
    for text in [good.replace("ssehub_", "SSEHUB_"), digest] {
        assert_eq!(refused(&auth, &text), Reason::Unreadable, "{text}");
    }
}

#[test]
fn keys_end() {
    let auth = with_keys(&line(1, &format!(r#","expires":{NOW},"publish":["*"]"#)));
    let at = |now_ms| auth.grant(Some(key(1).reveal()), now_ms);
    assert_eq!(at(NOW_MS - 1).unwrap().until_ms(), Some(NOW_MS));
    assert_eq!(at(NOW_MS).unwrap_err(), Refusal::Invalid(Reason::Expired));
    assert!(ApiKeys::parse(&line(1, &format!(r#","expires":{}"#, u64::MAX))).is_ok());
}

#[test]
fn keys_are_replaced() {
    let auth = with_keys(&line(1, ""));
    auth.replace_api_keys(ApiKeys::parse(&line(2, "")).unwrap());
    assert_eq!(refused(&auth, key(1).reveal()), Reason::UnknownKey);
    assert!(auth.grant(Some(key(2).reveal()), NOW_MS).is_ok());
}

#[test]
fn a_wrong_line_is_named() {
    const LINE: &str =
        r#"a line that `ssehub key` prints is expected: {"name":"…","sha256":"…",…}"#;
    let digest = key(1).digest();
    let wrong = [
        ("{", "EOF while parsing an object at line 1 column 1".to_owned()),
        ("[]", LINE.to_owned()),
        ("shop", LINE.to_owned()),
        (
            "ssehub_a-key-that-somebody-has-put-into-the-file",
            "this is a key, which belongs to its user alone; the server's is the line that begins with {, which \
             `ssehub key` prints behind it"
                .to_owned(),
        ),
        (r#"{"name":"a"}"#, "missing field `sha256` at line 1 column 12".to_owned()),
        (
            r#"{"name":"a","sha256":"D","key":7}"#,
            "unknown field `key`, expected one of `name`, `sha256`, `publish`, `subscribe`, `expires` at line 1 column 30".to_owned(),
        ),
        (r#"{"name":"","sha256":"D"}"#, "a name is not empty and has no control characters".to_owned()),
        (r#"{"name":"a\u0007","sha256":"D"}"#, "a name is not empty and has no control characters".to_owned()),
        (r#"{"name":"a","sha256":"7"}"#, "sha256 is 64 hexadecimal digits, in lower case".to_owned()),
        (r#"{"name":"a","sha256":"D00"}"#, "sha256 is 64 hexadecimal digits, in lower case".to_owned()),
        (r#"{"name":"a","sha256":"D","publish":[""]}"#, "\"\": a topic must not be empty".to_owned()),
        (
            r#"{"name":"a","sha256":"D","subscribe":["a{"]}"#,
            "\"a{\": this is no URI template (RFC 6570): see its byte 2".to_owned(),
        ),
    ];
    for (text, what) in wrong {
        let text = text.replace("\"D", &format!("\"{digest}"));
        let error = ApiKeys::parse(&format!("\n{}\n{text}", line(2, ""))).unwrap_err();
        let what = match what.contains("unknown field") {
            true => what.replace("column 30", &format!("column {}", 29 + digest.len())),
            false => what,
        };
        assert_eq!(error.to_string(), format!("line 3: {what}"), "{text}");
    }
    let twice = format!("{}\n{}", line(1, ""), line(1, r#","publish":["*"]"#));
    assert_eq!(
        ApiKeys::parse(&twice).unwrap_err().to_string(),
        "line 2: this key was there before"
    );
}

#[test]
fn nothing_prints_a_key() {
    let auth = with_keys(&line(1, ""));
    let shown = format!("{auth:?}");
    assert!(
        !shown.contains(&key(1).digest()) && shown.contains("ApiKeys(1)"),
        "{shown}"
    );
}

#[test]
fn beside_what_everyone_may() {
    let keys = ApiKeys::parse(&line(1, r#","publish":["mine"]"#)).unwrap();
    let auth = Auth::new(Rights::to_read()).with_api_keys(keys.clone());
    let grant = |auth: &Auth| auth.grant(Some(key(1).reveal()), NOW_MS).unwrap();
    assert!(grant(&auth).may_publish(&topic("mine")) && grant(&auth).may_read_all());
    assert!(!grant(&auth).may_read_private(&topic("mine")));
    auth.replace_api_keys(keys);
    assert!(grant(&auth).may_read_all());
}
