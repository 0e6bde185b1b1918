//! The keys of one authority.

use std::fmt;
use std::sync::Arc;

use super::algorithm::Algorithm;
use super::key::{Key, Material};
use super::refusal::Reason;
use super::token::Token;
use super::{jwk, pem};

/// Largest text of keys, in bytes: that of a key set with certificates.
pub const KEY_FILE_BYTES: usize = 256 << 10;

/// Keys of one authority.
pub const KEYS: usize = 100;

/// Keys of an authority that are tried on one token that does not name its own: the first ones that fit its
/// algorithm. A check of a signature may take 1 ms, and anybody may ask for it.
pub const KEY_TRIES: usize = 4;

/// Shortest secret, in bytes: as long as the hash of HS256 (RFC 7518, section 3.2).
pub const SECRET_MIN_BYTES: usize = 32;

/// Keys by which the tokens of one authority are verified. Clones share them.
///
/// ```
/// use ssehub::auth::{Algorithm, InvalidKey, Keys};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// assert_eq!(Keys::from_secret(b"too short").unwrap_err(), InvalidKey::ShortSecret);
/// let secret = Keys::from_text("a secret of thirty-two bytes, or more\n")?;
/// assert_eq!(secret.allow_only(&[Algorithm::Hs256]).count(), 1);
///
/// let pem = "-----BEGIN PUBLIC KEY-----
/// MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
/// -----END PUBLIC KEY-----";
/// assert_eq!(Keys::from_pem(pem)?.count(), 1);
/// let set = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"one",
///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// assert_eq!(Keys::from_jwks(set)?.count(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Keys {
    keys: Arc<[Key]>,
    /// The only algorithms that are taken.
    allowed: Arc<[Algorithm]>,
}

impl Keys {
    /// A secret of at least [`SECRET_MIN_BYTES`], for HS256; of 48 bytes, also for HS384; of 64, also
    /// for HS512.
    pub fn from_secret(secret: &[u8]) -> Result<Keys, InvalidKey> {
        if secret.len() < SECRET_MIN_BYTES {
            return Err(InvalidKey::ShortSecret);
        }
        // A public key that is taken for a secret is one that everybody knows.
        if secret
            .windows(PEM_BEGIN.len())
            .any(|part| part == PEM_BEGIN)
        {
            return Err(InvalidKey::NoSecret);
        }
        Keys::of(vec![Key::new(Material::secret(secret))])
    }

    /// Public keys in PEM: RSA, P-256, P-384 or Ed25519 as `PUBLIC KEY` (RFC 7468, section 13), or
    /// `RSA PUBLIC KEY`.
    pub fn from_pem(text: &str) -> Result<Keys, InvalidKey> {
        Keys::of(pem::public_keys(within_bounds(text)?)?)
    }

    /// A JWK Set (RFC 7517, section 5). Keys that are not for signatures, or of a kind that is not
    /// known, are left out, as are secrets.
    pub fn from_jwks(text: &str) -> Result<Keys, InvalidKey> {
        Keys::of(jwk::keys(within_bounds(text)?)?)
    }

    /// What the text of a file looks like: PEM, a JWK Set, or else a secret, whose last line end does
    /// not count.
    pub fn from_text(text: &str) -> Result<Keys, InvalidKey> {
        let looks_like_pem = text.contains("-----BEGIN ");
        match text.trim_start().starts_with('{') {
            true => Keys::from_jwks(text),
            false if looks_like_pem => Keys::from_pem(text),
            false => {
                let line = text.strip_suffix('\n').unwrap_or(text);
                Keys::from_secret(line.strip_suffix('\r').unwrap_or(line).as_bytes())
            }
        }
    }

    /// No key: nothing is verified until there are others.
    pub fn none() -> Keys {
        Keys {
            keys: Arc::default(),
            allowed: Algorithm::ALL.into(),
        }
    }

    /// The same keys for these algorithms alone.
    pub fn allow_only(self, algorithms: &[Algorithm]) -> Keys {
        Keys {
            allowed: algorithms.into(),
            ..self
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.keys.len()
    }

    fn of(keys: Vec<Key>) -> Result<Keys, InvalidKey> {
        match keys.len() {
            0 => Err(InvalidKey::NoKey),
            1..=KEYS => Ok(Keys {
                keys: keys.into(),
                allowed: Algorithm::ALL.into(),
            }),
            _ => Err(InvalidKey::TooMany),
        }
    }

    /// Whether one of the keys has signed the token.
    pub(super) fn verify(&self, token: &Token<'_>) -> Result<(), Reason> {
        let algorithm = token.header.algorithm().ok_or(Reason::Algorithm)?;
        if !self.allowed.contains(&algorithm) {
            return Err(Reason::Algorithm);
        }
        let mut named = self.named(token.header.kid.as_deref()).peekable();
        if named.peek().is_none() {
            return Err(Reason::UnknownKey);
        }
        let mut fitting = named.filter(|key| key.fits(algorithm)).peekable();
        if fitting.peek().is_none() {
            return Err(Reason::Algorithm);
        }
        let signed = token.signed.as_bytes();
        let verifies = |key: &Key| {
            token.checks.set(token.checks.get() + 1);
            key.verifies(algorithm, signed, &token.signature)
        };
        match fitting.take(KEY_TRIES).any(verifies) {
            true => Ok(()),
            false => Err(Reason::Signature),
        }
    }

    /// Whether there is the key that a token names; or any key, if it names none.
    pub(super) fn has_named(&self, token: &Token<'_>) -> bool {
        let id = token.header.kid.as_deref();
        self.keys
            .iter()
            .any(|key| id.is_none() || key.id.as_deref() == id)
    }

    /// The keys that a token may mean: those of its `kid`, or those without a name if there are none;
    /// all, if it has no `kid` (RFC 7515, section 4.1.4).
    fn named<'k>(&'k self, id: Option<&'k str>) -> impl Iterator<Item = &'k Key> {
        let is_known = self.keys.iter().any(|key| key.id.as_deref() == id);
        self.keys.iter().filter(move |key| match (id, is_known) {
            (None, _) => true,
            (Some(_), true) => key.id.as_deref() == id,
            (Some(_), false) => key.id.is_none(),
        })
    }
}

/// What every key in PEM begins with.
const PEM_BEGIN: &[u8] = b"-----BEGIN ";

fn within_bounds(text: &str) -> Result<&str, InvalidKey> {
    match text.len() <= KEY_FILE_BYTES {
        true => Ok(text),
        false => Err(InvalidKey::TooLong),
    }
}

/// Why a key is refused. Nothing in it is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidKey {
    /// The secret is shorter than [`SECRET_MIN_BYTES`].
    ShortSecret,
    /// What is to be a secret is a key in PEM.
    NoSecret,
    /// The text is longer than [`KEY_FILE_BYTES`].
    TooLong,
    /// There are more than [`KEYS`].
    TooMany,
    /// There is no key that could be used.
    NoKey,
    /// This is no PEM.
    Pem,
    /// The key is private; a public one is wanted.
    Private,
    /// The key is of no kind that is known, or is damaged.
    Kind,
    /// The modulus has fewer than 2048 bits, or more than 8192.
    RsaSize,
    /// This is no JWK Set.
    Jwks,
}

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidKey::ShortSecret => write!(f, "a secret has at least {SECRET_MIN_BYTES} bytes"),
            InvalidKey::NoSecret => f.write_str("this is a key in PEM and no secret"),
            InvalidKey::TooLong => write!(f, "keys have at most {} KiB", KEY_FILE_BYTES >> 10),
            InvalidKey::TooMany => write!(f, "there are more than {KEYS} keys"),
            InvalidKey::NoKey => f.write_str("there is no key that could verify a token"),
            InvalidKey::Pem => f.write_str("this is no PEM"),
            InvalidKey::Private => {
                f.write_str("a public key is expected, and this is a private one")
            }
            InvalidKey::Kind => f.write_str("the key is neither RSA, P-256, P-384 nor Ed25519"),
            InvalidKey::RsaSize => f.write_str("an RSA key has 2048 to 8192 bits"),
            InvalidKey::Jwks => f.write_str("this is no JWK Set"),
        }
    }
}

impl std::error::Error for InvalidKey {}
