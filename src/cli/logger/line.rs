//! One line of the log, in either format.

use log::Level;
use log::kv::{Error, Key, Source, Value, VisitSource};

use super::LogFormat;
use crate::cli::values::time;

/// Bytes of one text in a line; what exceeds them is cut off. A line has a message and a path, each perhaps
/// twice as long once it is escaped, and otherwise short values: it stays below 4,096 bytes.
const TEXT_BYTES: usize = 800;

/// A line that is being written.
pub(super) struct Line {
    format: LogFormat,
    text: String,
}

impl Line {
    /// A line that says when, how grave, and what.
    pub(super) fn new(format: LogFormat, unix_ms: u64, level: Level, message: &str) -> Line {
        let (time, message) = (time(unix_ms), one_line(message));
        let text = match format {
            LogFormat::Human => format!("{time} {level:<5} {message}"),
            LogFormat::Json => {
                let message = quoted(&message);
                format!(r#"{{"time":"{time}","level":"{level}","message":{message}"#)
            }
        };
        Line { format, text }
    }

    /// The line with what belongs to it.
    pub(super) fn with(mut self, source: &dyn Source) -> String {
        // The visitor below does not fail.
        _ = source.visit(&mut self);
        self.finish()
    }

    pub(super) fn finish(mut self) -> String {
        if self.format == LogFormat::Json {
            self.text.push('}');
        }
        self.text.push('\n');
        self.text
    }
}

impl<'kvs> VisitSource<'kvs> for Line {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        let number = value.to_u64().map(|number| number.to_string());
        let number = number.or_else(|| value.to_f64().map(|number| format!("{number:.6}")));
        let text = one_line(&value.to_string());
        self.text += &match (self.format, number) {
            (LogFormat::Human, Some(number)) => format!(" {key}={number}"),
            (LogFormat::Human, None) if is_plain(&text) => format!(" {key}={text}"),
            (LogFormat::Human, None) => format!(" {key}={}", quoted(&text)),
            (LogFormat::Json, Some(number)) => format!(r#","{key}":{number}"#),
            (LogFormat::Json, None) => format!(r#","{key}":{}"#, quoted(&text)),
        };
        Ok(())
    }
}

/// What a client has sent may be part of the text: it must not look like a line of its own.
fn one_line(text: &str) -> String {
    let most = text.len().min(TEXT_BYTES);
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end));
    text[..end.unwrap_or_default()].replace(char::is_control, " ")
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains([' ', '"', '='])
}

/// As JSON has it; a text cannot fail to serialize.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use log::Level;
    use log::kv::Value;

    use super::{Line, LogFormat};

    fn written(format: LogFormat, message: &str, fields: &[(&str, Value<'_>)]) -> String {
        Line::new(format, 0, Level::Info, message).with(&fields)
    }

    #[test]
    fn a_line_for_people_says_what_belongs_to_it() {
        let fields = [
            ("path", Value::from("/a")),
            ("bytes", Value::from(7)),
            ("seconds", Value::from(0.25)),
            ("reason", Value::from("it was \"late\"")),
        ];
        assert_eq!(
            written(LogFormat::Human, "request", &fields),
            "1970-01-01T00:00:00.000Z INFO  request path=/a bytes=7 seconds=0.250000 \
             reason=\"it was \\\"late\\\"\"\n",
        );
    }

    #[test]
    fn a_line_of_json_says_the_same() {
        let fields = [("bytes", Value::from(7)), ("path", Value::from("/a\"b"))];
        let line = written(LogFormat::Json, "a \"b\"\nc", &fields);
        assert_eq!(
            line,
            "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"INFO\",\
             \"message\":\"a \\\"b\\\" c\",\"bytes\":7,\"path\":\"/a\\\"b\"}\n",
        );
        serde_json::from_str::<serde_json::Value>(&line).unwrap();
    }

    #[test]
    fn a_line_is_taken_by_a_pipe_at_once() {
        let long = "\"ä\n".repeat(5_000);
        for format in [LogFormat::Human, LogFormat::Json] {
            let path = ("path", Value::from(long.as_str()));
            let line = written(format, &long, &[path]);
            assert!(line.len() < 4_096 - 500, "{}", line.len());
            assert_eq!(line.lines().count(), 1);
        }
    }
}
