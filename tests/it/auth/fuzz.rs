//! Mutated tokens: no panic, and no grant but to what was signed.

use std::env;

use fastrand::Rng;

use super::*;
use ssehub::auth::{ApiKey, ApiKeys, Details};

/// Rounds of the ordinary test; `SSEHUB_FUZZ_ROUNDS` raises them, `SSEHUB_FUZZ_SEED` makes other ones.
const ROUNDS: u64 = 5_000;

fn seeded() -> (Rng, u64) {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("SSEHUB_FUZZ_SEED").unwrap_or(1);
    println!("SSEHUB_FUZZ_SEED={seed}");
    (
        Rng::with_seed(seed),
        number("SSEHUB_FUZZ_ROUNDS").unwrap_or(ROUNDS),
    )
}

fn hub() -> Auth {
    let rules = Details::new("us", "hub");
    let key = ApiKey::from_bytes(&[7; 32]).digest();
    let keys = ApiKeys::parse(&format!(r#"{{"name":"a","sha256":"{key}"}}"#)).unwrap();
    let names = ["HS256", "RS256", "ES256", "ES384", "EdDSA"];
    let authorities =
        names.map(|name| Authority::new(public_key(name)).with_details(Some(rules.clone())));
    auth(authorities).with_api_keys(keys)
}

const CLAIMS: &[&str] = &[
    r#"{"mercure":{"publish":["*"],"subscribe":["a/{b}"],"payload":{"x":[1,"\""]}},"exp":1795000060}"#,
    r#"{"iss":"us","aud":["hub"],"exp":1795000060,"authorization_details":[{"type":"https://mercure.rocks/authorization-detail","actions":["publish","subscribe"],"topics":[{"match":"*"},{"match":"a","match_type":"exact"}],"payload":null}]}"#,
];

const TOKENS: &[&str] = &[
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "-1e999",
    "1e308",
    "\\ud800",
    "\u{e9}",
    "\0",
    "\"exp\":",
    "\"nbf\":9e9,",
    "\"aud\":[],",
    "\"*\"",
    "{a",
    "[[[[[[[[",
    "18446744073709551616",
];

fn samples() -> Vec<String> {
    let all = ALGORITHMS
        .iter()
        .flat_map(|name| CLAIMS.iter().map(move |claims| (name, claims)));
    let tokens = all
        .map(|(name, claims)| token_of(&format!(r#"{{"alg":"{name}","typ":"at+jwt"}}"#), claims));
    tokens
        .chain([ApiKey::from_bytes(&[7; 32]).reveal().to_owned()])
        .collect()
}

#[test]
fn mutated_tokens() {
    let (mut rng, rounds) = seeded();
    let (hub, samples) = (hub(), samples());
    for sample in &samples {
        assert!(hub.grant(Some(sample), NOW_MS).is_ok(), "{sample}");
    }
    for round in 0..rounds {
        let text = mutated(&mut rng, &samples);
        if samples.contains(&text) {
            continue;
        }
        let granted = hub.grant(Some(&text), NOW_MS);
        assert!(granted.is_err(), "round {round}: {text}");
    }
}

fn mutated(rng: &mut Rng, samples: &[String]) -> String {
    let mut text = pick(rng, samples).clone().into_bytes();
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(..=text.len());
        let end = rng.usize(at..=text.len().min(at + 8));
        match rng.u8(..9) {
            0 if at < text.len() => text[at] ^= 1 << rng.u8(..8),
            1 => drop(text.drain(at..end)),
            2 => text.truncate(at),
            3 => text.extend_from_within(at..end),
            4 => drop(text.splice(at..end, pick(rng, TOKENS).bytes())),
            5 => text = parts_of_several(rng, samples).into_bytes(),
            6 if rng.u8(..50) == 0 => text = text.repeat(rng.usize(1..40)),
            7 => drop(text.splice(at..at, *b".")),
            // The last character of a part: only some of its bits count.
            _ => {
                let ends: Vec<_> = (0..text.len())
                    .filter(|at| text.get(at + 1).is_none_or(|it| *it == b'.'))
                    .collect();
                if let Some(at) = ends.get(rng.usize(..ends.len().max(1))) {
                    text[*at] = text[*at].wrapping_add(1);
                }
            }
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn parts_of_several(rng: &mut Rng, samples: &[String]) -> String {
    let mut part = |_| {
        let parts: Vec<_> = pick(rng, samples).split('.').map(str::to_owned).collect();
        parts[rng.usize(..parts.len())].clone()
    };
    (0..3).map(&mut part).collect::<Vec<_>>().join(".")
}

/// Claims that somebody with the key has signed, whatever they are.
#[test]
fn mutated_claims() {
    let (mut rng, rounds) = seeded();
    let hub = hub();
    let mut accepted = 0;
    for round in 0..rounds {
        let mut claims = pick(&mut rng, CLAIMS).as_bytes().to_vec();
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(..=claims.len());
            let end = rng.usize(at..=claims.len().min(at + 4));
            match rng.u8(..3) {
                0 => drop(claims.splice(at..end, pick(&mut rng, TOKENS).bytes())),
                1 => drop(claims.drain(at..end)),
                _ => claims.extend_from_within(at..end),
            }
        }
        let claims = String::from_utf8_lossy(&claims).into_owned();
        let token = token_of(r#"{"alg":"HS256","typ":"at+jwt"}"#, &claims);
        match hub.grant(Some(&token), NOW_MS) {
            Ok(_) => accepted += 1,
            Err(refusal) => assert!(
                [400, 401].contains(&refusal.status()),
                "round {round}: {claims}"
            ),
        }
    }
    println!("{accepted} of {rounds} accepted");
    assert!(
        accepted > rounds / 100,
        "the mutations are too wild to test much"
    );
}

fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.usize(..from.len())]
}
