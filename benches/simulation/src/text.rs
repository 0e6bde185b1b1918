//! What events say: a marker, a number, and padding, so that a subscriber can tell from the end of
//! a frame which event it is.

/// Bytes of an event's text.
pub const EVENT_BYTES: usize = 64;

const MARKER: &[u8] = b"~sim";
const DIGITS: usize = 8;

/// What stands behind the text: the end of the event, and the end of its chunk (RFC 9112,
/// section 7.1).
const BEHIND: &[u8] = b"\n\n\r\n";

/// The text of the event with this number.
pub fn of(sequence: u32) -> String {
    const PADDING: usize = EVENT_BYTES - MARKER.len() - DIGITS;
    format!("~sim{sequence:08}{:x<PADDING$}", "")
}

/// The number of the event that a chunked frame carries; `None` if it carries something else.
pub fn sequence(frame: &[u8]) -> Option<u32> {
    let text = frame.strip_suffix(BEHIND)?.last_chunk::<EVENT_BYTES>()?;
    let digits = text.strip_prefix(MARKER)?.first_chunk::<DIGITS>()?;
    let number = digits
        .iter()
        .fold(0, |number, digit| number * 10 + u32::from(digit & 0x0f));
    Some(number)
}

#[cfg(test)]
mod tests {
    use ssehub::{Draft, Event, EventId, Format, Frame, Topic};

    use super::{EVENT_BYTES, of, sequence};

    #[test]
    fn the_number_is_read_from_the_end_of_a_frame() {
        for number in [0, 7, 12_345_678] {
            let text = of(number);
            assert_eq!(text.len(), EVENT_BYTES);
            let draft = Draft::new(Topic::parse("t").unwrap(), text);
            let event = Event::new(EventId { ms: 1, seq: 2 }, draft);
            assert_eq!(sequence(event.frame(Format::Text).chunked()), Some(number));
        }
    }

    #[test]
    fn other_frames_have_no_number() {
        assert_eq!(sequence(Frame::heartbeat(Format::Text).chunked()), None);
        assert_eq!(sequence(b""), None);
    }
}
