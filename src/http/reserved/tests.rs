//! Looking at a topic before it is resolved.

use super::{may_resolve_to_hub, resolves_to_hub};

const PARTS: [&str; 16] = [
    " ",
    "http",
    "HTTPS",
    ":",
    "/",
    "//",
    "\\",
    "?",
    "#",
    ".",
    "..",
    "h",
    "%2e",
    ".well-known",
    "m%65rcure",
    "mercure",
];

/// Every topic that is made of four of these.
#[test]
fn what_is_not_resolved_does_not_mean_the_hub() {
    let (mut passed_over, mut met) = (0, 0);
    for number in 0..PARTS.len().pow(4) {
        let digits = (0..4).map(|place| number / PARTS.len().pow(place) % PARTS.len());
        let name: String = digits.map(|digit| PARTS[digit]).collect();
        let is_hub = resolves_to_hub(&name);
        assert!(may_resolve_to_hub(&name) || !is_hub, "{name:?}");
        passed_over += usize::from(!may_resolve_to_hub(&name));
        met += usize::from(is_hub);
    }
    assert!(passed_over > 10_000 && met > 1_000, "{passed_over}, {met}");
}
