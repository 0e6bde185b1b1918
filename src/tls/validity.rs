//! From when until when a certificate is good, read from its DER (RFC 5280, section 4.1; ITU-T X.690).
//!
//! The library of TLS looks at that only as a client. A whole reader of certificates would be larger than all
//! that is read here.

use std::ops::Range;
use std::time::Duration;

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// The version, which certificates of the first one leave out.
const VERSION: u8 = 0xa0;

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// The validity of a certificate, since the Unix epoch; a time before that is the epoch itself. `None` if this is
/// no certificate.
pub(super) fn of(certificate: &[u8]) -> Option<Range<Duration>> {
    let mut outside = Reader(certificate);
    let mut signed = Reader(Reader(outside.take(SEQUENCE)?).take(SEQUENCE)?);
    if signed.next_is(VERSION) {
        signed.take(VERSION)?;
    }
    signed.take(INTEGER)?;
    // The algorithm of the signature, and the issuer.
    signed.take(SEQUENCE)?;
    signed.take(SEQUENCE)?;
    let mut validity = Reader(signed.take(SEQUENCE)?);
    let mut next = || {
        let (tag, text) = validity.element()?;
        time(tag, text)
    };
    Some(next()?..next()?)
}

/// Elements one after the other: a tag, a length, and so many bytes.
struct Reader<'d>(&'d [u8]);

impl<'d> Reader<'d> {
    fn next_is(&self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// The content of the next element, if it has this tag.
    fn take(&mut self, tag: u8) -> Option<&'d [u8]> {
        self.element()
            .filter(|(found, _)| *found == tag)
            .map(|(_, content)| content)
    }

    fn element(&mut self) -> Option<(u8, &'d [u8])> {
        /// From here on, this is not the length but how many bytes of it follow.
        const LONG: u8 = 0x80;
        const LENGTH_BYTES: usize = 4;
        let ([tag, length], mut rest) = self.0.split_first_chunk()?;
        let mut bytes = usize::from(*length);
        if *length >= LONG {
            let digits = usize::from(length - LONG);
            let (digits, behind) = rest.split_at_checked(digits)?;
            if digits.len() > LENGTH_BYTES {
                return None;
            }
            bytes = digits
                .iter()
                .fold(0, |bytes, digit| bytes << 8 | usize::from(*digit));
            rest = behind;
        }
        let (content, behind) = rest.split_at_checked(bytes)?;
        self.0 = behind;
        Some((*tag, content))
    }
}

/// `YYMMDDHHMMSSZ` from 1950 to 2049, `YYYYMMDDHHMMSSZ` else (RFC 5280, section 4.1.2.5).
fn time(tag: u8, text: &[u8]) -> Option<Duration> {
    let digits = text.strip_suffix(b"Z")?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let pairs: Vec<u64> = digits
        .chunks(2)
        .map(|pair| {
            pair.iter()
                .fold(0, |it, digit| it * 10 + u64::from(digit - b'0'))
        })
        .collect();
    let (year, rest) = match (tag, digits.len(), &pairs[..]) {
        (UTC_TIME, 12, [year @ 50..=99, rest @ ..]) => (1900 + year, rest),
        (UTC_TIME, 12, [year, rest @ ..]) => (2000 + year, rest),
        (GENERALIZED_TIME, 14, [century, year, rest @ ..]) => (century * 100 + year, rest),
        _ => return None,
    };
    let [
        month @ 1..=12,
        day @ 1..=31,
        hour @ ..24,
        minute @ ..60,
        second @ ..=60,
    ] = *rest
    else {
        return None;
    };
    let days = days_before(year, month, day);
    let seconds = days * DAY_SECONDS + hour * 3600 + minute * 60 + second;
    Some(Duration::from_secs(if year < 1970 { 0 } else { seconds }))
}

/// Days from the Unix epoch to a date of 1970 or later.
fn days_before(year: u64, month: u64, day: u64) -> u64 {
    // A year that begins in March ends with the day that not every year has.
    let (year, month) = match month {
        1 | 2 => (year.saturating_sub(1), month + 9),
        _ => (year, month - 3),
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days_of_months = (153 * month + 2) / 5;
    const TO_THE_EPOCH: u64 = 719_468;
    (365 * year + leap_days + days_of_months + day - 1).saturating_sub(TO_THE_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::{GENERALIZED_TIME, UTC_TIME, of, time};

    #[track_caller]
    fn check(tag: u8, text: &str, seconds: Option<u64>) {
        let read = time(tag, text.as_bytes()).map(|it| it.as_secs());
        assert_eq!(read, seconds, "{text}");
    }

    #[test]
    fn both_ways_to_write_a_time() {
        check(UTC_TIME, "700101000000Z", Some(0));
        check(UTC_TIME, "700102000001Z", Some(86_401));
        check(UTC_TIME, "491231235959Z", Some(2_524_607_999));
        check(GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000));
        check(GENERALIZED_TIME, "20000229120000Z", Some(951_825_600));
        check(GENERALIZED_TIME, "20000301000000Z", Some(951_868_800));
        check(GENERALIZED_TIME, "21000301000000Z", Some(4_107_542_400));
        // Of a certificate that shall never end.
        check(GENERALIZED_TIME, "99991231235959Z", Some(253_402_300_799));
        // Before the epoch.
        check(UTC_TIME, "500101000000Z", Some(0));
        check(UTC_TIME, "691231235959Z", Some(0));
        check(GENERALIZED_TIME, "00000101000000Z", Some(0));
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "Z",
            "300101000000",
            "3001010000Z",
            "300101000000+0000",
            "301301000000Z",
            "300001000000Z",
            "300132000000Z",
            "300100000000Z",
            "300101240000Z",
            "300101006000Z",
            "300101000061Z",
            "3001010000 0Z",
            "20300101000000Z",
        ] {
            check(UTC_TIME, text, None);
        }
        check(GENERALIZED_TIME, "300101000000Z", None);
        check(GENERALIZED_TIME, "20300101000000.5Z", None);
        check(0x04, "300101000000Z", None);
    }

    #[test]
    fn no_certificate_at_all() {
        let cut = |length| {
            let mut der = vec![0x30, 0x84, 0, 0, 0, 200, 0x30, 0x81, 100];
            der.resize(length, 0x30);
            der
        };
        for length in 0..300 {
            assert_eq!(of(&cut(length)), None, "{length}");
        }
        for length in [0x80, 0x85, 0x88, 0xff] {
            assert_eq!(of(&[&[0x30, length][..], &[0xff; 300]].concat()), None);
        }
    }
}
