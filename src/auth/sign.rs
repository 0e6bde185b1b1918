//! How tokens are made.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use ring::hmac::{self, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
};
use serde_json::{Map, Value, json};

use super::algorithm::Algorithm;
use super::pem;

/// Signs tokens.
///
/// ```
/// use ssehub::auth::{Algorithm, Auth, Authority, InvalidSigner, Keys, Rights, Signer};
/// use ssehub::Topic;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secret = "a secret of thirty-two bytes, or more";
/// let claims = serde_json::json!({ "mercure": { "publish": ["news"] } });
/// let signer = Signer::from_text(secret, Algorithm::Hs256)?;
/// let token = signer.sign(Default::default(), claims.as_object().unwrap())?;
///
/// let keys = Keys::from_text(secret)?;
/// let auth = Auth::new(Rights::nothing()).with_authority(Authority::new(keys));
/// assert!(auth.grant(Some(&token), 0)?.may_publish(&Topic::parse("news")?));
///
/// let wrong = Signer::from_text(secret, Algorithm::Rs256).err();
/// assert_eq!(wrong, Some(InvalidSigner::Algorithm(Algorithm::Rs256)));
/// # Ok(())
/// # }
/// ```
pub struct Signer {
    algorithm: Algorithm,
    key: Key,
}

enum Key {
    Secret(hmac::Key),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    /// Takes a private key in PEM, as `openssl genpkey` writes it, or else a secret, whose last line
    /// end does not count.
    ///
    /// RSA keys verify tokens here, but sign none.
    pub fn from_text(text: &str, algorithm: Algorithm) -> Result<Signer, InvalidSigner> {
        let key = match text.contains("-----BEGIN ") {
            true => private_key(text, algorithm)?,
            false => {
                let line = text.strip_suffix('\n').unwrap_or(text);
                secret(
                    line.strip_suffix('\r').unwrap_or(line).as_bytes(),
                    algorithm,
                )?
            }
        };
        Ok(Signer { algorithm, key })
    }

    /// A token with these claims. Its header says the algorithm, and whatever else is in `header`.
    pub fn sign(
        &self,
        mut header: Map<String, Value>,
        claims: &Map<String, Value>,
    ) -> Result<String, InvalidSigner> {
        header.insert("alg".to_owned(), json!(self.algorithm.name()));
        let encode = |part: &Map<String, Value>| {
            let json = serde_json::to_vec(part).unwrap_or_default();
            BASE64URL_NOPAD.encode(&json)
        };
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let signature = self.signature(signed.as_bytes())?;
        Ok(format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature)))
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, InvalidSigner> {
        Ok(match &self.key {
            Key::Secret(key) => hmac::sign(key, message).as_ref().to_vec(),
            Key::Ecdsa(key) => key
                .sign(&SystemRandom::new(), message)
                .map_err(|_| InvalidSigner::Key)?
                .as_ref()
                .to_vec(),
            Key::Ed25519(key) => key.sign(message).as_ref().to_vec(),
        })
    }
}

/// RFC 7518, section 3.2: a key must be as long as the hash, or longer.
fn secret(secret: &[u8], algorithm: Algorithm) -> Result<Key, InvalidSigner> {
    let (hash, bytes) = match algorithm {
        Algorithm::Hs256 => (HMAC_SHA256, 32),
        Algorithm::Hs384 => (HMAC_SHA384, 48),
        Algorithm::Hs512 => (HMAC_SHA512, 64),
        _ => return Err(InvalidSigner::Algorithm(algorithm)),
    };
    match secret.len() >= bytes {
        true => Ok(Key::Secret(hmac::Key::new(hash, secret))),
        false => Err(InvalidSigner::ShortSecret { algorithm, bytes }),
    }
}

/// The first key of a text, in PKCS#8 (RFC 5958).
fn private_key(text: &str, algorithm: Algorithm) -> Result<Key, InvalidSigner> {
    let blocks = pem::blocks(text).unwrap_or_default();
    let mut keys = blocks.iter().filter(|block| block.label == "PRIVATE KEY");
    let der = &keys.next().ok_or(InvalidSigner::Key)?.der;
    let ecdsa = |curve| {
        EcdsaKeyPair::from_pkcs8(curve, der, &SystemRandom::new())
            .map(Key::Ecdsa)
            .map_err(|_| InvalidSigner::Key)
    };
    match algorithm {
        Algorithm::Es256 => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING),
        Algorithm::Es384 => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING),
        Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
            .map(Key::Ed25519)
            .map_err(|_| InvalidSigner::Key),
        other => Err(InvalidSigner::Algorithm(other)),
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.algorithm)
    }
}

/// Why a key signs no token. Nothing in it is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSigner {
    /// The secret is shorter than the algorithm wants.
    ShortSecret {
        /// The algorithm.
        algorithm: Algorithm,
        /// How many bytes it wants.
        bytes: usize,
    },
    /// The key is no private key in PKCS#8 for this algorithm.
    Key,
    /// No token is signed with this algorithm and such a key.
    Algorithm(Algorithm),
}

impl fmt::Display for InvalidSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidSigner::ShortSecret { algorithm, bytes } => {
                write!(f, "a secret for {algorithm} has at least {bytes} bytes")
            }
            InvalidSigner::Key => {
                f.write_str("the key is no private key of the algorithm, in PEM (PRIVATE KEY)")
            }
            InvalidSigner::Algorithm(algorithm) => {
                write!(f, "tokens are not signed with {algorithm} and such a key")
            }
        }
    }
}

impl std::error::Error for InvalidSigner {}
