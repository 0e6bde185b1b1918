//! Keys in PEM (RFC 7468), as OpenSSL writes them.

use data_encoding::BASE64;

use super::key::{Key, Material};
use super::keys::InvalidKey;

/// The public keys in a text, in their order.
pub(super) fn public_keys(text: &str) -> Result<Vec<Key>, InvalidKey> {
    let blocks = blocks(text).ok_or(InvalidKey::Pem)?;
    let keys = blocks.iter().map(|block| match block.label {
        "PUBLIC KEY" => subject_public_key(&block.der),
        "RSA PUBLIC KEY" => rsa(&block.der),
        label if label.ends_with("PRIVATE KEY") => Err(InvalidKey::Private),
        _ => Err(InvalidKey::Kind),
    });
    keys.map(|material| material.map(Key::new)).collect()
}

/// What stands between two lines, `-----BEGIN LABEL-----` and `-----END LABEL-----`.
pub(super) struct Block<'t> {
    pub(super) label: &'t str,
    pub(super) der: Vec<u8>,
}

/// All blocks of a text; what stands around them is a comment (RFC 7468, section 2).
pub(super) fn blocks(mut text: &str) -> Option<Vec<Block<'_>>> {
    let mut blocks = Vec::new();
    while let Some((_, rest)) = text.split_once("-----BEGIN ") {
        let (label, rest) = rest.split_once("-----")?;
        let (body, rest) = rest.split_once(&format!("-----END {label}-----"))?;
        let body: Vec<u8> = body
            .bytes()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        let der = BASE64.decode(&body).ok()?;
        blocks.push(Block { label, der });
        text = rest;
    }
    Some(blocks)
}

/// The contents of the two algorithm identifiers that begin with the OID id-ecPublicKey
/// (RFC 5480, section 2.1.1), then secp256r1 or secp384r1.
const P256: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const P384: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22";
/// rsaEncryption (RFC 3279, section 2.3.1), with NULL for parameters.
const RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
/// id-Ed25519 (RFC 8410, section 3).
const ED25519: &[u8] = b"\x06\x03\x2b\x65\x70";

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// A SubjectPublicKeyInfo (RFC 5280, section 4.1): an algorithm, and the key as a bit string.
fn subject_public_key(der: &[u8]) -> Result<Material, InvalidKey> {
    let (algorithm, key) = only(SEQUENCE, der)
        .and_then(|info| value(SEQUENCE, info))
        .and_then(|(algorithm, rest)| Some((algorithm, only(BIT_STRING, rest)?)))
        // The number of bits that are unused in the last byte.
        .and_then(|(algorithm, bits)| Some((algorithm, bits.strip_prefix(&[0])?)))
        .ok_or(InvalidKey::Kind)?;
    match (algorithm, key) {
        (RSA, key) => rsa(key),
        (P256, [4, point @ ..]) if point.len() == 64 => Ok(Material::P256(key.into())),
        (P384, [4, point @ ..]) if point.len() == 96 => Ok(Material::P384(key.into())),
        (ED25519, key) if key.len() == 32 => Ok(Material::Ed25519(key.into())),
        _ => Err(InvalidKey::Kind),
    }
}

/// An RSAPublicKey (RFC 8017, appendix A.1.1): modulus and exponent.
fn rsa(der: &[u8]) -> Result<Material, InvalidKey> {
    let (n, e) = only(SEQUENCE, der)
        .and_then(|key| value(INTEGER, key))
        .and_then(|(n, rest)| Some((n, only(INTEGER, rest)?)))
        .ok_or(InvalidKey::Kind)?;
    rsa_of(n, e)
}

/// An RSA key of a modulus and an exponent, big-endian, perhaps with zeros before them.
pub(super) fn rsa_of(n: &[u8], e: &[u8]) -> Result<Material, InvalidKey> {
    let [n, e] = [n, e].map(|number| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        number.get(zeros..).unwrap_or_default()
    });
    if e.is_empty() {
        return Err(InvalidKey::Kind);
    }
    // RFC 7518, section 3.3: 2048 bits or more; beyond 8192, one signature takes too long.
    match (n.len(), n.first()) {
        (256, Some(first)) if *first < 0x80 => Err(InvalidKey::RsaSize),
        (256..=1024, _) => Ok(Material::Rsa {
            n: n.into(),
            e: e.into(),
        }),
        _ => Err(InvalidKey::RsaSize),
    }
}

/// The contents of the one value with this tag that fills `der`.
fn only(tag: u8, der: &[u8]) -> Option<&[u8]> {
    value(tag, der)
        .filter(|(_, rest)| rest.is_empty())
        .map(|(contents, _)| contents)
}

/// The contents of the value with this tag that begins here, and what follows it (X.690, section 8.1).
fn value(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der.strip_prefix(&[tag])? {
        [length @ ..=0x7f, rest @ ..] => (usize::from(*length), rest),
        [0x81, length, rest @ ..] => (usize::from(*length), rest),
        [0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}
