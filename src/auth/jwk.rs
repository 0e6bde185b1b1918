//! Keys in a JWK Set (RFC 7517).

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::key::{Key, Material};
use super::keys::InvalidKey;
use super::object::Object;
use super::pem::rsa_of;

#[derive(Deserialize)]
struct Set<'t> {
    #[serde(borrow)]
    keys: Vec<&'t RawValue>,
}

/// The members that count (RFC 7517, section 4; RFC 7518, section 6; RFC 8037, section 2).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    used_for: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The keys that can verify a token.
///
/// RFC 7517, section 5: the others are ignored, whatever is wrong with them.
pub(super) fn keys(text: &str) -> Result<Vec<Key>, InvalidKey> {
    let Object(set): Object<Set<'_>> = serde_json::from_str(text).map_err(|_| InvalidKey::Jwks)?;
    let read = |raw: &&RawValue| {
        let Object(jwk): Object<Jwk> = serde_json::from_str(raw.get()).ok()?;
        jwk.key()
    };
    Ok(set.keys.iter().filter_map(read).collect())
}

impl Jwk {
    fn key(self) -> Option<Key> {
        if !self.is_for_verifying() {
            return None;
        }
        let material = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => rsa_of(&number(&self.n)?, &number(&self.e)?).ok()?,
            ("EC", Some("P-256")) => Material::P256(self.point(32)?),
            ("EC", Some("P-384")) => Material::P384(self.point(48)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(coordinate(&self.x, 32)?.into()),
            // A secret, `oct`, has no place where public keys are published.
            _ => return None,
        };
        let only = self.alg.as_deref().map(str::parse).transpose().ok()?;
        let id = self.kid.map(Into::into);
        Some(Key { id, only, material }).filter(|key| only.is_none_or(|only| key.fits(only)))
    }

    /// Sections 4.2 and 4.3: what the key is for, if it says so.
    fn is_for_verifying(&self) -> bool {
        let verify = |uses: &Vec<String>| uses.iter().any(|it| it == "verify");
        self.used_for.as_deref().is_none_or(|it| it == "sig")
            && self.key_ops.as_ref().is_none_or(verify)
    }

    /// An uncompressed point. RFC 7518, section 6.2.1.2: its coordinates have their full length.
    fn point(&self, bytes: usize) -> Option<Box<[u8]>> {
        let x = coordinate(&self.x, bytes)?;
        let y = coordinate(&self.y, bytes)?;
        Some([&[4], &*x, &*y].concat().into())
    }
}

fn number(text: &Option<String>) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_ref()?.as_bytes()).ok()
}

fn coordinate(text: &Option<String>, bytes: usize) -> Option<Vec<u8>> {
    number(text).filter(|it| it.len() == bytes)
}
