//! What a publish costs by what is shown for it: nothing, an API key, or a token.

use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use crate::load::http;
use crate::load::publisher::Publishers;
use crate::sample::Sample;
use crate::scale::{DRAIN_LIMIT, EVENT_BYTES, PUBLISHERS};
use crate::servers::{Running, Server};

use super::Stage;

/// Requests that are made beforehand and sent in turn: more than twice as many as the hub remembers tokens.
const REQUESTS: usize = 20_000;

const SECRET: &str = "a secret for the benchmark alone, of more than 32 bytes";
const API_KEY: &str = "ssehub_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const PRIVATE_KEY: &str = include_str!("../../../tests/it/auth/keys/p256.key.pem");

/// Keys that the hub is given.
const FILES: &[(&str, &str)] = &[
    (
        "keys",
        r#"{"name":"bench","publish":["*"],"sha256":"432a6ccbe58581407cd0a22bddcfc88fbcde30b7a6e51dc6f26677132057959d"}"#,
    ),
    ("secret", SECRET),
    (
        "public.pem",
        include_str!("../../../tests/it/auth/keys/p256.pem"),
    ),
];
const ARGS: &[&str] = &[
    "--listen",
    "{addr}",
    "--api-keys",
    "{dir}/keys",
    "--token-key-file",
    "{dir}/secret",
    "--token-key-file",
    "{dir}/public.pem",
];

/// What is shown, and what the figures call it.
const KINDS: [(&str, Shown); 5] = [
    ("open", Shown::Nothing),
    ("api_key", Shown::ApiKey),
    ("hs256", Shown::Hs256),
    ("es256", Shown::Es256),
    ("es256_different", Shown::Different),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    ApiKey,
    Hs256,
    Es256,
    /// A token of its own with each event.
    Different,
}

pub fn run(stage: &Stage, events: usize) -> Result<Sample, String> {
    let mut sample = Sample::default();
    for (name, shown) in KINDS {
        let cpu_us = cost(stage, shown, events)?;
        sample.put(&format!("{name}_us"), cpu_us);
        let open_us = sample.get("open_us").unwrap_or(f64::NAN);
        sample.put(&format!("{name}_ratio"), cpu_us / open_us);
    }
    Ok(sample)
}

/// CPU time of the hub for each of so many events, in microseconds.
fn cost(stage: &Stage, shown: Shown, events: usize) -> Result<f64, String> {
    let server = Server {
        args: if shown == Shown::Nothing {
            stage.server.args
        } else {
            ARGS
        },
        files: FILES,
        ..*stage.server
    };
    let running = Running::start(&server)?;
    let signer = Signer::new()?;
    let fixed = signer.credential(shown, 0)?;
    let requests = (0..REQUESTS).map(|n| match shown {
        Shown::Different => signer.credential(shown, n),
        _ => Ok(fixed.clone()),
    });
    let requests = requests.map(|credential| credential.map(|it| request(&it)));
    let requests = requests.collect::<Result<Vec<_>, _>>()?;
    let mut publishers = Publishers::new(running.addr, PUBLISHERS, REQUESTS, &|n| {
        let text_at = requests[n].len() - EVENT_BYTES;
        (requests[n].clone(), text_at)
    })
    .map_err(|e| format!("publishers: {e}"))?;
    let before_s = running.cpu_s();
    stage.progress.tick(|| "publishing".into());
    publishers
        .send(events as u64, DRAIN_LIMIT)
        .map_err(|e| format!("publishing: {e}"))?;
    let cpu_s = running.cpu_s() - before_s;
    let report = &publishers.report;
    match (report.refused + report.broken, report.answered) {
        (0, answered) if answered == events as u64 => Ok(cpu_s * 1e6 / answered as f64),
        (failed, answered) => Err(format!("{answered} of {events} events, {failed} failures")),
    }
}

/// A whole request, which ends with the text.
fn request(credential: &str) -> Vec<u8> {
    let headers = match credential {
        "" => "Content-Type: text/plain\r\n".to_owned(),
        shown => format!("Content-Type: text/plain\r\nAuthorization: Bearer {shown}\r\n"),
    };
    let text = format!("~hb:{}", "0".repeat(EVENT_BYTES - 4));
    http::with_body("POST", "/events/t0", &headers, text.as_bytes())
}

/// Signs tokens.
struct Signer {
    secret: hmac::Key,
    private: EcdsaKeyPair,
    chance: SystemRandom,
}

impl Signer {
    fn new() -> Result<Signer, String> {
        let chance = SystemRandom::new();
        let body: String = PRIVATE_KEY
            .lines()
            .skip_while(|line| !line.starts_with("-----BEGIN"))
            .skip(1)
            .take_while(|line| !line.starts_with('-'))
            .collect();
        let der = data_encoding::BASE64
            .decode(body.as_bytes())
            .map_err(|e| e.to_string())?;
        let private = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &chance);
        Ok(Signer {
            secret: hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()),
            private: private.map_err(|e| e.to_string())?,
            chance,
        })
    }

    fn credential(&self, shown: Shown, number: usize) -> Result<String, String> {
        match shown {
            Shown::Nothing => Ok(String::new()),
            Shown::ApiKey => Ok(API_KEY.to_owned()),
            Shown::Hs256 => self.token("HS256", number),
            Shown::Es256 | Shown::Different => self.token("ES256", number),
        }
    }

    fn token(&self, algorithm: &str, number: usize) -> Result<String, String> {
        let encode = |part: String| BASE64URL_NOPAD.encode(part.as_bytes());
        let header = encode(format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#));
        let claims = format!(r#"{{"jti":"{number}","sub":"bench","mercure":{{"publish":["*"]}}}}"#);
        let signed = format!("{header}.{}", encode(claims));
        let signature = match algorithm {
            "HS256" => hmac::sign(&self.secret, signed.as_bytes())
                .as_ref()
                .to_vec(),
            _ => {
                let signature = self.private.sign(&self.chance, signed.as_bytes());
                signature.map_err(|e| e.to_string())?.as_ref().to_vec()
            }
        };
        Ok(format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature)))
    }
}
