//! Finds records in a stream of body bytes that arrive in pieces of any size.

use memchr::memmem::Finder;

use super::record::{MARKER, RECORD_BYTES, Record};

/// What is kept of a record that was cut off by the end of a piece.
#[derive(Default)]
pub struct Scanner {
    carry: [u8; RECORD_BYTES],
    held: u8,
}

/// What the search found: a record, or a marker with damaged fields behind it.
pub type Found = Option<Record>;

impl Scanner {
    /// Calls `on` for each record that is complete with this piece.
    pub fn feed(&mut self, finder: &Finder, piece: &[u8], on: &mut impl FnMut(Found)) {
        if self.held == 0 {
            return self.scan(finder, piece, on);
        }
        let held = usize::from(self.held);
        let borrowed = piece.len().min(RECORD_BYTES);
        let mut joined = [0; 2 * RECORD_BYTES];
        joined[..held].copy_from_slice(&self.carry[..held]);
        joined[held..held + borrowed].copy_from_slice(&piece[..borrowed]);
        let joined = &joined[..held + borrowed];
        self.held = 0;
        if borrowed < RECORD_BYTES {
            return self.scan(finder, joined, on);
        }
        match finder.find(joined).filter(|&start| start < held) {
            None => self.scan(finder, piece, on),
            Some(start) => {
                let end = start + RECORD_BYTES;
                on(Record::read(&joined[start..end]));
                self.scan(finder, &piece[end - held..], on);
            }
        }
    }

    fn scan(&mut self, finder: &Finder, mut piece: &[u8], on: &mut impl FnMut(Found)) {
        while let Some(start) = finder.find(piece) {
            piece = &piece[start..];
            if piece.len() < RECORD_BYTES {
                return self.keep(piece);
            }
            on(Record::read(&piece[..RECORD_BYTES]));
            piece = &piece[RECORD_BYTES..];
        }
        self.keep(marker_begun(piece));
    }

    fn keep(&mut self, rest: &[u8]) {
        self.carry[..rest.len()].copy_from_slice(rest);
        self.held = rest.len() as u8;
    }
}

/// The longest end of `piece` with which a marker may begin.
fn marker_begun(piece: &[u8]) -> &[u8] {
    (1..MARKER.len())
        .rev()
        .filter_map(|n| Some(&piece[piece.len().checked_sub(n)?..]))
        .find(|end| MARKER.starts_with(end))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> (Vec<u8>, Vec<Record>) {
        let records: Vec<_> = (0..5)
            .map(|n| Record {
                source: 3,
                sequence: n,
                sent_ns: 77,
            })
            .collect();
        let mut bytes = b"~h~~hb".to_vec();
        for record in &records {
            let mut text = [b'.'; 40];
            record.write(&mut text);
            bytes.extend_from_slice(b"id: ~h\ndata: ");
            bytes.extend_from_slice(&text);
            bytes.extend_from_slice(b"\n\n~");
        }
        (bytes, records)
    }

    #[test]
    fn any_size_of_piece_finds_every_record_once() {
        let (bytes, records) = stream();
        let finder = Finder::new(MARKER);
        for size in 1..=bytes.len() {
            let (mut scanner, mut found) = (Scanner::default(), Vec::new());
            for piece in bytes.chunks(size) {
                scanner.feed(&finder, piece, &mut |record| found.extend(record));
            }
            assert_eq!(found, records, "pieces of {size}");
        }
    }
}
