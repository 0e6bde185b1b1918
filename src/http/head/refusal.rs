//! Why a request is refused.

/// A status and a sentence for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status code, 4xx or 5xx.
    pub status: u16,
    /// What the client did wrong.
    pub reason: &'static str,
}

impl Refusal {
    /// A refusal with this status.
    pub const fn new(status: u16, reason: &'static str) -> Self {
        Self { status, reason }
    }

    /// 400: the request breaks the grammar, and nothing after it on the connection can be trusted.
    pub const fn bad_request(reason: &'static str) -> Self {
        Self::new(400, reason)
    }
}
