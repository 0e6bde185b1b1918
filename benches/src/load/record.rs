//! What every event carries: a marker, who sent it, its number, and when it was sent.
//!
//! Fixed width and plain ASCII that neither JSON nor HTML nor event streams escape, so that one
//! search for the marker finds it in whatever a server wraps around it.

/// Marks a record; chosen so that no header, id or frame of a server contains it.
pub const MARKER: &[u8] = b"~hb:";
/// Marker, 4 hex digits of source, 8 of sequence number, 16 of time.
pub const RECORD_BYTES: usize = 32;

/// One event as the generator knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Which numbered series it belongs to: one publisher on one topic.
    pub source: u16,
    /// Its number in the series, from 0, without holes.
    pub sequence: u32,
    /// When it was sent, by [`now_ns`](super::clock::now_ns).
    pub sent_ns: u64,
}

impl Record {
    /// Overwrites the first [`RECORD_BYTES`] of `place`.
    pub fn write(&self, place: &mut [u8]) {
        place[..4].copy_from_slice(MARKER);
        put_hex(&mut place[4..8], u64::from(self.source));
        put_hex(&mut place[8..16], u64::from(self.sequence));
        put_hex(&mut place[16..32], self.sent_ns);
    }

    /// Reads a record that starts at the front of `bytes`; `None` when it is damaged.
    pub fn read(bytes: &[u8]) -> Option<Record> {
        Some(Record {
            source: get_hex(bytes.get(4..8)?)? as u16,
            sequence: get_hex(bytes.get(8..16)?)? as u32,
            sent_ns: get_hex(bytes.get(16..32)?)?,
        })
    }
}

fn put_hex(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(number & 15) as usize];
        number >>= 4;
    }
}

/// The value of each byte as a hexadecimal digit, or [`NO_DIGIT`].
static DIGITS: [u8; 256] = digit_values();
const NO_DIGIT: u8 = 0xFF;

const fn digit_values() -> [u8; 256] {
    let (mut values, mut value) = ([NO_DIGIT; 256], 0);
    while value < 16 {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    values
}

/// Every event of every subscriber comes through here, so the check is left to the end.
fn get_hex(digits: &[u8]) -> Option<u64> {
    let (mut number, mut seen) = (0, 0);
    for &digit in digits {
        let value = DIGITS[usize::from(digit)];
        seen |= value;
        number = number << 4 | u64::from(value & 15);
    }
    (seen != NO_DIGIT).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let record = Record {
            source: 0xfe07,
            sequence: 4_000_000_001,
            sent_ns: u64::MAX - 5,
        };
        let mut place = [b'.'; 40];
        record.write(&mut place);
        assert_eq!(Record::read(&place), Some(record));
        assert_eq!(&place[32..], b"........");
    }

    #[test]
    fn a_damaged_record_is_refused() {
        assert_eq!(Record::read(b"~hb:0001000000010000000000000g00"), None);
        assert_eq!(Record::read(b"~hb:0001"), None);
    }
}
