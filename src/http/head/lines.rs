//! Lines end in CR LF and have a limit; an empty one ends the head.

use super::{HeadLimits, Refusal};

/// The bytes of a complete head.
pub(super) struct Span<'b> {
    /// Bytes before it: 2 if an empty line came first.
    pub skipped: usize,
    /// From the method to the empty line, which is included.
    pub bytes: &'b [u8],
    /// How many field lines it has.
    pub fields: usize,
}

/// How long a line may be, without its CR LF, and what to say of a longer one.
#[derive(Clone, Copy)]
pub(in crate::http) struct Limit {
    pub bytes: usize,
    pub refusal: Refusal,
}

/// A line without its CR LF, and what comes after it; `None` means that its end has not arrived.
type Split<'b> = Option<(&'b [u8], &'b [u8])>;

/// Finds the head at the start of `buffer`; `None` means that its end has not arrived.
///
/// Faults are found in the order of the bytes: the answer does not depend on how they were split.
pub(super) fn span<'b>(buffer: &'b [u8], limits: &HeadLimits) -> Result<Option<Span<'b>>, Refusal> {
    // RFC 9112 §2.2: a server should ignore an empty line before the request line.
    let head = buffer.strip_prefix(b"\r\n").unwrap_or(buffer);
    let mut rest = head;
    for before in 0..=limits.fields.saturating_add(1) {
        let limit = limit(before, head.len() - rest.len(), limits)?;
        let Some((line, after)) = take(rest, limit)? else {
            return Ok(None);
        };
        rest = after;
        if line.is_empty() {
            let fields = before
                .checked_sub(1)
                .ok_or(Refusal::bad_request("there is no request line"))?;
            return Ok(Some(Span {
                skipped: buffer.len() - head.len(),
                bytes: head.split_at(head.len() - rest.len()).0,
                fields,
            }));
        }
    }
    Err(Refusal::new(431, "the request has too many header fields"))
}

/// The limit of the next line: its own, or what the lines `before` it have left of the head's.
fn limit(before: usize, used: usize, limits: &HeadLimits) -> Result<Limit, Refusal> {
    const CRLF_BYTES: usize = 2;
    let head = Refusal::new(431, "the request head is too long");
    let left = limits.bytes.checked_sub(used + CRLF_BYTES).ok_or(head)?;
    let refusal = match before {
        0 => Refusal::new(414, "the request line is too long"),
        _ if left < limits.line_bytes => head,
        _ => Refusal::new(431, "a header field is too long"),
    };
    Ok(Limit {
        bytes: left.min(limits.line_bytes),
        refusal,
    })
}

/// Splits `bytes` after the first line.
pub(in crate::http) fn take(bytes: &[u8], limit: Limit) -> Result<Split<'_>, Refusal> {
    let within = bytes.get(..=limit.bytes).unwrap_or(bytes);
    let control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
    let Some(index) = within.iter().position(control) else {
        return match within.len() > limit.bytes {
            true => Err(limit.refusal),
            false => Ok(None),
        };
    };
    match within[index] {
        b'\r' => split(bytes, index),
        // RFC 9112 §2.2 allows it, but two readers of one stream must not disagree on a line.
        b'\n' => Err(Refusal::bad_request("a line ends in LF without CR")),
        // RFC 9110 §5.5: they are invalid and dangerous in a field value.
        _ => Err(Refusal::bad_request("a line holds a control character")),
    }
}

/// Splits `bytes` around a CR LF that begins at `index`.
fn split(bytes: &[u8], index: usize) -> Result<Split<'_>, Refusal> {
    match bytes.split_at(index) {
        (line, [b'\r', b'\n', rest @ ..]) => Ok(Some((line, rest))),
        (_, [b'\r']) => Ok(None),
        // RFC 9112 §2.2: a bare CR makes the line invalid.
        _ => Err(Refusal::bad_request("a CR without LF")),
    }
}
