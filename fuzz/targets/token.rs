//! A credential, and a header and claims that somebody with the key has signed: a refusal is 400 or 401, and a
//! credential that nobody has signed is refused.

#![no_main]

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use libfuzzer_sys::fuzz_target;
use ring::hmac;
use serde_json::Value;
use ssehub::Topic;
use ssehub::auth::{Auth, Authority, Details, Keys, Peek, Plain, Rights, bearer};

const SECRET: &[u8] = b"a secret of thirty-two bytes, or more";
const NOW_MS: u64 = 1_795_000_000_000;

static AUTH: LazyLock<Auth> = LazyLock::new(|| {
    let authority = Authority::new(Keys::from_secret(SECRET).unwrap());
    let authority = authority.with_plain(Some(Plain::default()));
    Auth::new(Rights::nothing())
        .with_authority(authority.with_details(Some(Details::new("us", "hub"))))
});

// A line for a header, one for claims, and one for the field `Authorization`.
fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(3, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (header, claims, field) = (line(), line(), String::from_utf8_lossy(line()).into_owned());
    if let Ok(Some(credential)) = bearer(&field) {
        // None of the seeds is signed with the key.
        assert!(granted(credential).is_none(), "{credential}");
        let _ = Peek::into(credential);
    }
    for text in [header, claims].map(String::from_utf8_lossy) {
        if let Ok(keys) = Keys::from_text(&text) {
            assert!(keys.count() > 0 || text.contains("\"keys\""));
        }
    }
    let token = signed(header, claims);
    if granted(&token).is_some() {
        let original = claims;
        // A member that nobody reads may hold half a surrogate pair, which is JSON, but no text.
        let json = serde_json::from_slice::<Value>;
        let (Ok(claims), Ok(header)) = (json(claims), json(header)) else {
            return;
        };
        assert!(claims.is_object() && header["alg"] == "HS256" && header.get("crit").is_none());
        let time = |name: &str| claims.get(name).and_then(Value::as_f64);
        assert!(
            time("exp").is_none_or(|it| it > 1_794_999_000.0),
            "{claims}"
        );
        assert!(
            time("nbf").is_none_or(|it| it < 1_795_001_000.0),
            "{claims}"
        );
        let peek = Peek::into(&token).expect("a token that grants can be looked at");
        assert_eq!(peek.claims.as_bytes(), original);
    }
    let usual = signed(br#"{"alg":"HS256","typ":"at+jwt"}"#, claims);
    granted(&usual);
});

/// What is granted, if anything is.
fn granted(credential: &str) -> Option<()> {
    match AUTH.grant(Some(credential), NOW_MS) {
        Ok(grant) => {
            let topic = Topic::parse("orders/1").unwrap();
            assert_eq!(grant.may_publish(&topic), grant.may_publish(&topic));
            Some(())
        }
        Err(refusal) => {
            assert!([400, 401].contains(&refusal.status()), "{refusal:?}");
            None
        }
    }
}

fn signed(header: &[u8], claims: &[u8]) -> String {
    let encode = |bytes| BASE64URL_NOPAD.encode(bytes);
    let signed = format!("{}.{}", encode(header), encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET);
    let signature = encode(hmac::sign(&key, signed.as_bytes()).as_ref());
    format!("{signed}.{signature}")
}
