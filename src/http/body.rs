//! Takes a chunked body out of the bytes of a connection, strictly (RFC 9112 §7.1).

use super::head::lines::{Limit, take};
use super::head::{Refusal, is_token_byte};

/// One chunk-size line; extensions are ignored that are well-formed, but not without end.
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

/// `5` or `5;name=value`: hexadecimal digits, and at least one.
fn parse_size(line: &[u8]) -> Result<usize, Refusal> {
    let (digits, extensions) = split(line, u8::is_ascii_hexdigit);
    let is_bounded = matches!(extensions.first(), None | Some(b' ' | b'\t' | b';'));
    if digits.is_empty() || !is_bounded {
        return Err(Refusal::bad_request("a chunk size is not a number"));
    }
    if !are_extensions(extensions) {
        return Err(Refusal::bad_request("a chunk has malformed extensions"));
    }
    let text = str::from_utf8(digits).unwrap_or_default();
    usize::from_str_radix(text, 16).map_err(|_| BODY_TOO_LONG)
}

/// Whether this is a list, perhaps empty, of extensions like `;name`, `;name=value` and `;name="value"`, with "bad"
/// white space before and behind `;` and `=` (RFC 9112 §7.1.1).
fn are_extensions(mut rest: &[u8]) -> bool {
    while !rest.is_empty() {
        let Some(named) = behind(rest, b';').and_then(token) else {
            return false;
        };
        let valued = match behind(named, b'=') {
            Some([b'"', quoted @ ..]) => end_of_quoted(quoted),
            Some(value) => token(value),
            None => Some(named),
        };
        let Some(valued) = valued else {
            return false;
        };
        rest = valued;
    }
    true
}

/// What follows this mark and the white space around it, if it comes next.
fn behind(input: &[u8], mark: u8) -> Option<&[u8]> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let (_, rest) = split(input, is_space);
    let rest = rest.strip_prefix(&[mark])?;
    Some(split(rest, is_space).1)
}

/// What follows a token.
fn token(input: &[u8]) -> Option<&[u8]> {
    let (token, rest) = split(input, |byte| is_token_byte(*byte));
    (!token.is_empty()).then_some(rest)
}

/// What follows the quotation mark at the end of a quoted string whose first one has been taken (RFC 9110 §5.6.4).
fn end_of_quoted(mut rest: &[u8]) -> Option<&[u8]> {
    let is_text = |byte: u8| byte == b'\t' || byte >= b' ' && byte != 0x7f;
    loop {
        rest = match rest {
            [b'"', rest @ ..] => return Some(rest),
            [b'\\', byte, rest @ ..] if is_text(*byte) => rest,
            [byte, rest @ ..] if is_text(*byte) && *byte != b'\\' => rest,
            _ => return None,
        };
    }
}

/// The bytes at the beginning that are like this, and what follows them.
fn split(input: &[u8], is: impl Fn(&u8) -> bool) -> (&[u8], &[u8]) {
    let end = input.iter().position(|byte| !is(byte));
    input.split_at(end.unwrap_or(input.len()))
}
