//! Credentials as requests bring them.

use super::Refusal;

/// Longest credential, in bytes: more than the head of a request holds, and what one may cost to check.
pub const CREDENTIAL_BYTES: usize = 8 << 10;

/// Shortest credential, in bytes: no signed token and no key is shorter.
pub const CREDENTIAL_MIN_BYTES: usize = 34;

/// The credential in the value of an `Authorization` field (RFC 6750, section 2.1); `None` if the field is of another
/// scheme, and so for somebody else.
///
/// ```
/// use ssehub::auth::bearer;
/// assert_eq!(bearer("Bearer 0123456789"), Ok(Some("0123456789")));
/// assert_eq!(bearer("Basic 0123456789"), Ok(None));
/// assert!(bearer("Bearer").is_err());
/// ```
pub fn bearer(field: &str) -> Result<Option<&str>, Refusal> {
    const READS: Refusal =
        Refusal::Malformed("Authorization reads: Bearer, a space, and a key or token");
    // RFC 9110, section 11.1: the scheme is case-insensitive.
    match field.split_once(' ') {
        Some((scheme, credential)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(Some(credential.trim_start_matches(' ')))
        }
        Some(_) => Ok(None),
        // A scheme without anything, or a token without its scheme.
        None => Err(READS),
    }
}

/// Lets a credential pass that could be one.
pub(super) fn check(credential: &str) -> Result<&str, Refusal> {
    if credential.len() > CREDENTIAL_BYTES {
        return Err(Refusal::Malformed("the credential is too long"));
    }
    if credential.len() < CREDENTIAL_MIN_BYTES {
        return Err(Refusal::Malformed("the credential is too short"));
    }
    // RFC 6750, section 2.1: b64token.
    let unpadded = credential.trim_end_matches('=');
    match unpadded.bytes().all(is_b64token) {
        true => Ok(credential),
        false => Err(Refusal::Malformed(
            "the credential holds a character that none has",
        )),
    }
}

fn is_b64token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte)
}
