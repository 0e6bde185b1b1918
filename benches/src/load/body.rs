//! The client's side of an HTTP/1.1 answer: status, then the body without its chunked framing.

/// Where in the answer the next byte belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Head,
    Size,
    /// Past the digits of a chunk's size, up to the line's end.
    Extension,
    Data,
    /// The line end after a chunk's data.
    DataEnd,
    /// Everything up to the connection's end.
    Plain,
    /// After the last chunk.
    Over,
}

/// What became of the answer, so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// The head is not complete.
    Waiting,
    /// `200`, and the body has begun.
    Open,
    /// Another status.
    Refused(u16),
    /// The server ended the body in good order.
    Ended,
    /// Not HTTP, or broken framing.
    Broken,
}

/// Decodes one answer, fed with whatever arrives.
pub struct Answer {
    place: Place,
    progress: Progress,
    left: u64,
    /// Only until the head is complete.
    head: Vec<u8>,
}

/// Longer heads are not believed.
const HEAD_LIMIT_BYTES: usize = 16 * 1024;

impl Default for Answer {
    fn default() -> Self {
        Answer {
            place: Place::Head,
            progress: Progress::Waiting,
            left: 0,
            head: Vec::new(),
        }
    }
}

impl Answer {
    /// Calls `on` for each piece of the body in `input`, and says how far the answer is.
    pub fn feed(&mut self, mut input: &[u8], on: &mut impl FnMut(&[u8])) -> Progress {
        while !input.is_empty() && matches!(self.progress, Progress::Waiting | Progress::Open) {
            let used = self.step(input, on);
            input = &input[used..];
        }
        self.progress
    }

    fn step(&mut self, input: &[u8], on: &mut impl FnMut(&[u8])) -> usize {
        match self.place {
            Place::Head => return self.read_head(input),
            Place::Size => self.read_size(input[0]),
            Place::Extension => {
                if input[0] == b'\n' {
                    self.begin_chunk();
                }
            }
            Place::Data => {
                let n = input
                    .len()
                    .min(usize::try_from(self.left).unwrap_or(usize::MAX));
                on(&input[..n]);
                self.left -= n as u64;
                if self.left == 0 {
                    self.place = Place::DataEnd;
                }
                return n;
            }
            Place::DataEnd => match input[0] {
                b'\r' => {}
                b'\n' => self.place = Place::Size,
                _ => self.progress = Progress::Broken,
            },
            Place::Plain => {
                on(input);
                return input.len();
            }
            Place::Over => return input.len(),
        }
        1
    }

    fn read_size(&mut self, byte: u8) {
        match (byte as char).to_digit(16) {
            Some(digit) if self.left < 1 << 40 => self.left = self.left << 4 | u64::from(digit),
            _ if byte == b'\n' => self.begin_chunk(),
            _ if byte == b'\r' || byte == b';' => self.place = Place::Extension,
            _ => self.progress = Progress::Broken,
        }
    }

    fn begin_chunk(&mut self) {
        self.place = Place::Data;
        if self.left == 0 {
            self.place = Place::Over;
            self.progress = Progress::Ended;
        }
    }

    fn read_head(&mut self, input: &[u8]) -> usize {
        let before = self.head.len();
        self.head.extend_from_slice(input);
        let from = before.saturating_sub(3);
        let Some(end) = memchr::memmem::find(&self.head[from..], b"\r\n\r\n") else {
            if self.head.len() > HEAD_LIMIT_BYTES {
                self.progress = Progress::Broken;
            }
            return input.len();
        };
        let end = from + end + 4;
        self.head.truncate(end);
        self.judge_head();
        end - before
    }

    fn judge_head(&mut self) {
        let head = String::from_utf8_lossy(&std::mem::take(&mut self.head)).to_ascii_lowercase();
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        self.progress = match status {
            Some(200) => Progress::Open,
            Some(status) => Progress::Refused(status),
            None => Progress::Broken,
        };
        let chunked = head
            .lines()
            .any(|l| l.starts_with("transfer-encoding:") && l.contains("chunked"));
        self.place = if chunked { Place::Size } else { Place::Plain };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
        5\r\nhello\r\nB;x=1\r\n, old world\r\n0\r\n\r\n";

    fn decode(input: &[u8], size: usize) -> (Vec<u8>, Progress) {
        let (mut answer, mut body) = (Answer::default(), Vec::new());
        let mut progress = Progress::Waiting;
        for piece in input.chunks(size) {
            progress = answer.feed(piece, &mut |data| body.extend_from_slice(data));
        }
        (body, progress)
    }

    #[test]
    fn chunks_are_undone_whatever_the_reads() {
        for size in 1..CHUNKED.len() {
            assert_eq!(
                decode(CHUNKED, size),
                (b"hello, old world".to_vec(), Progress::Ended)
            );
        }
    }

    #[test]
    fn a_plain_body_lasts_until_the_end() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: x\n\n";
        assert_eq!(decode(answer, 3), (b"data: x\n\n".to_vec(), Progress::Open));
    }

    #[test]
    fn refusals_and_nonsense_are_told() {
        assert_eq!(
            decode(b"HTTP/1.1 503 No\r\n\r\n", 4).1,
            Progress::Refused(503)
        );
        assert_eq!(decode(b"hello\r\n\r\n", 4).1, Progress::Broken);
        let bad = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabcd\r\n";
        assert_eq!(decode(bad, 4).1, Progress::Broken);
    }
}
