//! Numbers, durations and sizes as people write them.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::{Duration, UNIX_EPOCH};

use ssehub::clock::LONGEST;
use ssehub::limits::Rate;
use ssehub::store::Durability;

/// A whole number within a range.
pub(super) fn number(text: &str, range: RangeInclusive<usize>) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!(
            "a number from {} to {} is expected",
            range.start(),
            range.end()
        )),
    }
}

/// A whole number from one to `most`.
pub(super) fn count(text: &str, most: usize) -> Result<NonZeroUsize, String> {
    let number = number(text, 1..=most)?;
    Ok(NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN))
}

/// `500ms`, `10s`, `5m`, `24h`, `30d`, `4w`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    const DAY_MS: u64 = 24 * 3_600_000;
    const UNITS: [(&str, u64); 6] = [
        ("ms", 1),
        ("s", 1_000),
        ("m", 60_000),
        ("h", 3_600_000),
        ("d", DAY_MS),
        ("w", 7 * DAY_MS),
    ];
    match scaled(text, &UNITS).map(Duration::from_millis) {
        Some(duration) if duration <= LONGEST => Ok(duration),
        Some(_) => Err("a duration of at most 3650d is expected".to_owned()),
        None => Err("a duration such as 500ms, 10s, 5m, 24h or 30d is expected".to_owned()),
    }
}

/// The same, but not less than this.
pub(super) fn duration_from(least: Duration, text: &str) -> Result<Duration, String> {
    match duration(text)? {
        duration if duration >= least => Ok(duration),
        _ => Err(format!("{least:?} or more is expected")),
    }
}

/// The same within a range.
pub(super) fn duration_within(
    range: RangeInclusive<Duration>,
    text: &str,
) -> Result<Duration, String> {
    match duration(text)? {
        duration if range.contains(&duration) => Ok(duration),
        _ => Err(format!(
            "{:?} to {:?} is expected",
            range.start(),
            range.end()
        )),
    }
}

/// `4096`, `64KiB`, `1MiB`, `2GiB`.
pub(super) fn bytes(text: &str) -> Result<usize, String> {
    const UNITS: [(&str, u64); 4] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("", 1),
    ];
    scaled(text, &UNITS)
        .and_then(|bytes| usize::try_from(bytes).ok())
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "a size such as 4096, 64KiB or 1MiB is expected".to_owned())
}

/// The same, but not more than this.
pub(super) fn bytes_up_to(most: usize, text: &str) -> Result<usize, String> {
    match bytes(text)? {
        bytes if bytes <= most => Ok(bytes),
        _ => Err(format!("a size of at most {} MiB is expected", most >> 20)),
    }
}

/// `commit`, `interval:MS` or `none`.
pub(super) fn durability(text: &str) -> Result<Durability, String> {
    let interval = |ms| number(ms, 1..=3_600_000).map(|ms| Duration::from_millis(ms as u64));
    match (text, text.strip_prefix("interval:")) {
        ("commit", _) => Ok(Durability::Commit),
        ("none", _) => Ok(Durability::None),
        (_, Some(ms)) => interval(ms).map(Durability::Interval),
        _ => Err("commit, interval:MS or none is expected".to_owned()),
    }
}

/// Events per second, and perhaps how many at once; `None` is as many as there are.
pub(super) fn rate(text: &str) -> Result<Option<Rate>, String> {
    match text {
        "0" => Ok(None),
        text => parsed(text).map(Some),
    }
}

/// Whatever knows how it is written.
pub(super) fn parsed<T: FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

pub(super) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("yes or no is expected".to_owned()),
    }
}

/// A time in milliseconds since the Unix epoch, as a date and a time of day in UTC.
pub(super) fn time(unix_ms: u64) -> String {
    /// The first moment that a date with a year of four digits cannot name.
    const YEAR_10000_MS: u64 = 253_402_300_800_000;
    if unix_ms >= YEAR_10000_MS {
        return format!("{unix_ms} ms");
    }
    let at = UNIX_EPOCH + Duration::from_millis(unix_ms);
    humantime::format_rfc3339_millis(at).to_string()
}

/// A number with one of these units behind it.
fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    units.iter().find_map(|(unit, factor)| {
        let digits = text.strip_suffix(unit)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        digits.parse::<u64>().ok()?.checked_mul(*factor)
    })
}

/// The name of a host that a certificate can be for.
pub(super) fn host_name(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(fits);
    match text.split('.').all(is_label) {
        true => Ok(text.to_owned()),
        false => {
            Err("a name such as example.com is expected, without https:// and port".to_owned())
        }
    }
}

/// Whatever a server is asked for by HTTP or HTTPS.
pub(super) fn url(text: &str) -> Result<String, String> {
    let is_url = ["https://", "http://"].iter().any(|scheme| {
        text.strip_prefix(scheme).is_some_and(|rest| {
            rest.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '[')
        })
    });
    match is_url && !text.contains(char::is_whitespace) {
        true => Ok(text.to_owned()),
        false => Err("a URL like https://example.com/directory is expected".to_owned()),
    }
}

/// `0660`: who may read and write, in octal. The user of a socket, who serves it, always may.
pub(super) fn mode(text: &str) -> Result<u32, String> {
    const OWN: u32 = 0o600;
    let is_octal =
        (3..=4).contains(&text.len()) && text.bytes().all(|it| matches!(it, b'0'..=b'7'));
    match u32::from_str_radix(text, 8) {
        Ok(mode) if is_octal && mode <= 0o777 && mode & OWN == OWN => Ok(mode),
        _ => Err("permissions in octal such as 0600, 0660 or 0666 are expected".to_owned()),
    }
}

/// `https://example.com`: a scheme, a host, and nothing behind.
pub(super) fn origin(text: &str) -> Result<String, String> {
    let host = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    match host.map(|host| host.trim_end_matches('/')) {
        Some(host)
            if !host.is_empty() && !host.contains(['/', '?', '#', ' ', '"']) && host.is_ascii() =>
        {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err("a URL like https://example.com is expected".to_owned()),
    }
}
