//! One key, and what it verifies.

use std::fmt;

use ring::hmac::{self, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey,
};

use super::Algorithm;

/// A key, with its name if it has one (RFC 7517, section 4.5).
#[derive(Clone)]
pub(super) struct Key {
    pub(super) id: Option<Box<str>>,
    /// The one algorithm that it is for (section 4.4), if it says so.
    pub(super) only: Option<Algorithm>,
    pub(super) material: Material,
}

/// A key's kind and its bytes.
#[derive(Clone)]
pub(super) enum Material {
    /// For HMAC with SHA-256, 384 and 512, as far as the secret is long enough.
    Secret(Vec<hmac::Key>),
    /// Modulus and exponent, big-endian.
    Rsa { n: Box<[u8]>, e: Box<[u8]> },
    /// An uncompressed point.
    P256(Box<[u8]>),
    /// An uncompressed point.
    P384(Box<[u8]>),
    /// 32 bytes.
    Ed25519(Box<[u8]>),
}

impl Key {
    /// A key without a name, for every algorithm that fits its kind.
    pub(super) fn new(material: Material) -> Key {
        Key {
            id: None,
            only: None,
            material,
        }
    }

    /// Whether the key is for this algorithm. A token's header never decides what a key is
    /// (RFC 8725, section 3.1).
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        use Algorithm::*;
        let kind = match &self.material {
            Material::Secret(keys) => secret(keys, algorithm).is_some(),
            Material::Rsa { .. } => {
                matches!(algorithm, Rs256 | Rs384 | Rs512 | Ps256 | Ps384 | Ps512)
            }
            Material::P256(_) => algorithm == Es256,
            Material::P384(_) => algorithm == Es384,
            Material::Ed25519(_) => algorithm == EdDsa,
        };
        kind && self.only.is_none_or(|only| only == algorithm)
    }

    /// Whether the signature is this key's, by this algorithm.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        if !self.fits(algorithm) {
            return false;
        }
        let point = |kind: &'static dyn signature::VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(kind, key).verify(message, signature)
        };
        let verdict = match &self.material {
            Material::Secret(keys) => {
                return secret(keys, algorithm)
                    .is_some_and(|key| hmac::verify(key, message, signature).is_ok());
            }
            Material::Rsa { n, e } => match rsa(algorithm) {
                Some(rsa) => RsaPublicKeyComponents { n, e }.verify(rsa, message, signature),
                None => return false,
            },
            Material::P256(key) => point(&ECDSA_P256_SHA256_FIXED, key),
            Material::P384(key) => point(&ECDSA_P384_SHA384_FIXED, key),
            Material::Ed25519(key) => point(&ED25519, key),
        };
        verdict.is_ok()
    }
}

impl Material {
    /// A secret for as many algorithms as it is long enough for.
    ///
    /// RFC 7518, section 3.2: a key must be as long as the hash, or longer.
    pub(super) fn secret(secret: &[u8]) -> Material {
        let long_enough = [(32, HMAC_SHA256), (48, HMAC_SHA384), (64, HMAC_SHA512)]
            .into_iter()
            .filter(|(bytes, _)| secret.len() >= *bytes);
        Material::Secret(
            long_enough
                .map(|(_, hash)| hmac::Key::new(hash, secret))
                .collect(),
        )
    }
}

fn secret(keys: &[hmac::Key], algorithm: Algorithm) -> Option<&hmac::Key> {
    match algorithm {
        Algorithm::Hs256 => keys.first(),
        Algorithm::Hs384 => keys.get(1),
        Algorithm::Hs512 => keys.get(2),
        _ => None,
    }
}

/// Moduli of 2048 bits and more (RFC 7518, sections 3.3 and 3.5).
fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::Rs256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

/// Its name and kind alone.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.material {
            Material::Secret(_) => "secret",
            Material::Rsa { .. } => "RSA",
            Material::P256(_) => "P-256",
            Material::P384(_) => "P-384",
            Material::Ed25519(_) => "Ed25519",
        };
        write!(f, "Key({kind}, {:?})", self.id)
    }
}
