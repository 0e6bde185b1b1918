//! JSON as it leaves the hub.

use serde::Serialize;

/// Characters that end a line for some readers (Unicode, section 5.8), and which JSON lets stand in a string as they
/// are (RFC 8259, section 7). What splits a stream at them would tear an event.
const LINE_ENDS: [(char, &str); 3] = [
    ('\u{85}', "\\u0085"),
    ('\u{2028}', "\\u2028"),
    ('\u{2029}', "\\u2029"),
];

/// The value as JSON that is one line for every reader. Empty if it cannot be serialized, as a map whose keys are no
/// strings.
pub(crate) fn encode(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    match line_ends(&json) {
        0 => json,
        _ => LINE_ENDS
            .iter()
            .fold(json, |json, (end, escaped)| json.replace(*end, escaped)),
    }
}

/// How many such characters a text has.
pub(crate) fn line_ends(text: &str) -> usize {
    match text.is_ascii() {
        true => 0,
        false => text.matches(LINE_ENDS.map(|(end, _)| end)).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_line_is_escaped() {
        let text = "a\u{85}b\u{2028}\u{2029}é\u{2027}\r\n";
        let json = encode(&[text]);
        assert_eq!(json, r#"["a\u0085b\u2028\u2029é‧\r\n"]"#);
        assert_eq!(serde_json::from_str::<[String; 1]>(&json).unwrap(), [text]);
        assert_eq!((line_ends(text), line_ends("a\n")), (3, 0));
    }
}
