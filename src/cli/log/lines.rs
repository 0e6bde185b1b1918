//! Lines of input, each of a bounded length.

use std::io::{self, BufRead, ErrorKind, Read as _};

/// Longest line, in bytes: an event of many megabytes with every character escaped.
pub(super) const LINE_BYTES: usize = 64 << 20;

/// Reads the next line without its end; `false` says that there is none.
pub(super) fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut bounded = input.take(LINE_BYTES as u64 + 1);
    if bounded.read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.len() > LINE_BYTES {
        let error = format!("the line is longer than {} MiB", LINE_BYTES >> 20);
        return Err(io::Error::new(ErrorKind::InvalidData, error));
    }
    for end in [b'\n', b'\r'] {
        if line.last() == Some(&end) {
            line.pop();
        }
    }
    Ok(true)
}
