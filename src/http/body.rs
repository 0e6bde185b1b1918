//! Takes a chunked body out of the bytes of a connection, strictly (RFC 9112 §7.1).

use super::head::Refusal;
use super::head::lines::{Limit, take};

/// One chunk-size line; its extensions are ignored, but not without end.
const MAX_SIZE_LINE_BYTES: usize = 256;

/// All trailer fields together; they are dropped.
const MAX_TRAILER_BYTES: usize = 4_096;

const SIZE_LINE_TOO_LONG: Refusal = Refusal::bad_request("a chunk-size line is too long");
const TRAILERS_TOO_LONG: Refusal = Refusal::new(431, "the trailer fields are too long");
const BODY_TOO_LONG: Refusal = Refusal::new(413, "the body is too long");

/// The decoder of one chunked body.
///
/// ```
/// use ssehub::http::body::Chunked;
///
/// let mut body = Vec::new();
/// let progress = Chunked::new(1_024).decode(b"5\r\nhello\r\n0\r\n\r\nGET", &mut body).unwrap();
/// assert_eq!((&body[..], progress.consumed, progress.ended), (&b"hello"[..], 15, true));
/// ```
#[derive(Debug)]
pub struct Chunked {
    expects: Part,
    left_bytes: usize,
    left_trailer_bytes: usize,
}

/// What comes next on the connection.
#[derive(Clone, Copy, Debug)]
enum Part {
    Size,
    Data(usize),
    DataEnd,
    Trailer,
    Nothing,
}

/// What one call of [`Chunked::decode`] has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the input that are done with; the rest must be shown again, with more after it.
    pub consumed: usize,
    /// Whether the body has ended.
    pub ended: bool,
}

impl Chunked {
    /// A decoder that refuses a body of more than `limit_bytes`.
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            expects: Part::Size,
            left_bytes: limit_bytes,
            left_trailer_bytes: MAX_TRAILER_BYTES,
        }
    }

    /// Moves what `input` holds of the body to `out`.
    pub fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Progress, Refusal> {
        let mut rest = input;
        while let Some(after) = self.step(rest, out)? {
            rest = after;
        }
        Ok(Progress {
            consumed: input.len() - rest.len(),
            ended: matches!(self.expects, Part::Nothing),
        })
    }

    /// Takes one part, and returns what is after it; `None` means that its end has not arrived.
    fn step<'i>(
        &mut self,
        input: &'i [u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<&'i [u8]>, Refusal> {
        match self.expects {
            Part::Size => self.size(input),
            Part::Data(left) => Ok(self.data(input, left, out)),
            Part::DataEnd => self.data_end(input),
            Part::Trailer => self.trailer(input),
            Part::Nothing => Ok(None),
        }
    }

    fn size<'i>(&mut self, input: &'i [u8]) -> Result<Option<&'i [u8]>, Refusal> {
        let limit = Limit {
            bytes: MAX_SIZE_LINE_BYTES,
            refusal: SIZE_LINE_TOO_LONG,
        };
        let Some((line, rest)) = take(input, limit)? else {
            return Ok(None);
        };
        let size = parse_size(line)?;
        // Refused by what it announces, before any of it is stored.
        self.left_bytes = self.left_bytes.checked_sub(size).ok_or(BODY_TOO_LONG)?;
        self.expects = if size == 0 {
            Part::Trailer
        } else {
            Part::Data(size)
        };
        Ok(Some(rest))
    }

    fn data<'i>(&mut self, input: &'i [u8], left: usize, out: &mut Vec<u8>) -> Option<&'i [u8]> {
        let (data, rest) = input.split_at(left.min(input.len()));
        out.extend_from_slice(data);
        self.expects = match left - data.len() {
            0 => Part::DataEnd,
            left => Part::Data(left),
        };
        (!data.is_empty()).then_some(rest)
    }

    fn data_end<'i>(&mut self, input: &'i [u8]) -> Result<Option<&'i [u8]>, Refusal> {
        match input {
            [] | [b'\r'] => Ok(None),
            [b'\r', b'\n', rest @ ..] => {
                self.expects = Part::Size;
                Ok(Some(rest))
            }
            _ => Err(Refusal::bad_request("a chunk is longer than its size")),
        }
    }

    /// RFC 9112 §7.1.2: a recipient may ignore trailer fields; an empty line ends them.
    fn trailer<'i>(&mut self, input: &'i [u8]) -> Result<Option<&'i [u8]>, Refusal> {
        let limit = Limit {
            bytes: self.left_trailer_bytes,
            refusal: TRAILERS_TOO_LONG,
        };
        let Some((line, rest)) = take(input, limit)? else {
            return Ok(None);
        };
        if line.is_empty() {
            self.expects = Part::Nothing;
        }
        self.left_trailer_bytes = self.left_trailer_bytes.saturating_sub(line.len() + 2);
        Ok(Some(rest))
    }
}

/// `5` or `5;extension`: hexadecimal digits, and at least one.
fn parse_size(line: &[u8]) -> Result<usize, Refusal> {
    let mut parts = line.splitn(2, |byte| *byte == b';');
    let digits = match (parts.next(), parts.next()) {
        // RFC 9112 §7.1.1: there may be "bad" white space before an extension.
        (Some(size), Some(_extension)) => size.trim_ascii_end(),
        _ => line,
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(Refusal::bad_request("a chunk size is not a number"));
    }
    let text = str::from_utf8(digits).unwrap_or_default();
    usize::from_str_radix(text, 16).map_err(|_| BODY_TOO_LONG)
}
