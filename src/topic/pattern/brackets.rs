//! A closing bracket that closes nothing, in the place of a host.
//!
//! The parser counts the brackets of IPv6 addresses while it looks for the end of the host, and its
//! count must not go below zero: with overflow checks that is a panic. Such a host is none anyway.

/// Whether some `]` may stand in the host without its `[`. Where that cannot be told, it may.
pub(super) fn unpaired(pattern: &str) -> bool {
    if !pattern.contains(']') || pattern.starts_with(['/', '?', '#']) {
        return false;
    }
    let (mut rest, mut braces, mut open, mut scheme) = (pattern, 0_usize, 0_usize, "");
    while let Some(mut c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '(' => match behind_regexp(rest) {
                Some(behind) => {
                    rest = behind;
                    continue;
                }
                None => return true,
            },
            '{' => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            '\\' => match rest.chars().next() {
                Some(escaped) => {
                    c = escaped;
                    rest = &rest[c.len_utf8()..];
                }
                None => return false,
            },
            _ => {}
        }
        match c {
            _ if braces > 0 => {}
            '[' => open += 1,
            ']' if open == 0 => return true,
            ']' => open -= 1,
            // What came before was a user's name, not a host.
            '@' => open = 0,
            // The host begins behind `://` and ends before the next slash.
            '/' if scheme == "://" => return false,
            _ => {}
        }
        scheme = match (scheme, c) {
            ("://", _) => scheme,
            _ if braces > 0 => "",
            (_, ':') => ":",
            (":", '/') => ":/",
            (":/", '/') => "://",
            _ => "",
        };
    }
    false
}

/// What follows the `)` of a regexp group, if that is well-formed.
fn behind_regexp(inner: &str) -> Option<&str> {
    let bytes = inner.as_bytes();
    let (mut depth, mut at) = (1, 0);
    while depth > 0 {
        match *bytes.get(at)? {
            b'?' if at == 0 => return None,
            b'\\' if bytes.get(at + 1)?.is_ascii() => at += 1,
            b'(' if bytes.get(at + 1) == Some(&b'?') => depth += 1,
            b')' => depth -= 1,
            b'(' | 0x80.. => return None,
            _ => {}
        }
        at += 1;
    }
    inner.get(at..)
}
