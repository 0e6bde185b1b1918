//! What stands for a credential wherever one is remembered.

use std::fmt;
use std::hash::{Hash, Hasher};

use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use subtle::ConstantTimeEq as _;

/// SHA-256 of a credential. It can be looked up, and the look-up tells nothing by its time: a map
/// hashes it with a key of its own, and digests are compared in constant time.
#[derive(Clone, Copy, Eq)]
pub(super) struct Digest(pub(super) [u8; SHA256_OUTPUT_LEN]);

impl Digest {
    pub(super) fn of(credential: &str) -> Digest {
        let mut bytes = [0; SHA256_OUTPUT_LEN];
        bytes.copy_from_slice(digest(&SHA256, credential.as_bytes()).as_ref());
        Digest(bytes)
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Digest) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Hash for Digest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}
