//! Which representation a client likes best (RFC 9110, section 12.5.1 "Accept").

/// What a range says of an offer that it matches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Preference {
    /// In thousandths; 0 means that it must not be sent.
    weight: u16,
    precision: Precision,
}

/// How closely a range names what it matches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    Anything,
    Kind,
    Exact,
}

/// What stands beside the offer that `accept` likes best; `None` if it takes none of them.
///
/// Of equals that one counts that is named more closely, then the one that is offered first:
/// `application/json, */*` means JSON. Parameters of ranges other than `q` are ignored.
pub(super) fn best<T: Copy>(accept: &str, offers: &[(&str, T)]) -> Option<T> {
    let ranges: Vec<_> = elements(accept).collect();
    if ranges.is_empty() {
        return offers.first().map(|(_, it)| *it);
    }
    let liked = offers.iter().filter_map(|(offer, it)| {
        let preference = preference(&ranges, offer)?;
        (preference.weight > 0).then_some((preference, *it))
    });
    liked
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, it)| it)
}

/// What the range says that names `offer` most closely.
fn preference(ranges: &[&str], offer: &str) -> Option<Preference> {
    ranges
        .iter()
        .filter_map(|range| matching(range, offer))
        .max_by_key(|preference| (preference.precision, preference.weight))
}

/// What one range says of `offer`, if it matches; one that cannot be read matches nothing.
fn matching(range: &str, offer: &str) -> Option<Preference> {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next()?;
    let (kind, _) = offer.split_once('/')?;
    let precision = match name.split_once('/')? {
        ("*", "*") => Precision::Anything,
        (named, "*") if named.eq_ignore_ascii_case(kind) => Precision::Kind,
        _ if name.eq_ignore_ascii_case(offer) => Precision::Exact,
        _ => return None,
    };
    let weight = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.eq_ignore_ascii_case("q").then_some(value)
    });
    let weight = weight.map_or(Some(1_000), thousandths)?;
    Some(Preference { weight, precision })
}

/// A weight: `0` to `1` with up to three decimals (section 12.4.2).
fn thousandths(value: &str) -> Option<u16> {
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let digits = decimals.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(whole, "0" | "1") || !digits || decimals.len() > 3 {
        return None;
    }
    let number: u16 = format!("{whole}{decimals:0<3}").parse().ok()?;
    (number <= 1_000).then_some(number)
}

/// The elements of a list; a comma between quotation marks does not part two.
fn elements(list: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    list.split(move |character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    })
    .map(str::trim)
    .filter(|element| !element.is_empty())
}
