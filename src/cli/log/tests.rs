//! How events, ends and streams are read from lines.

use std::time::Duration;

use ssehub::{Event, EventId};

use super::envelope;
use super::follow::EventStream;
use super::lines::read_line;

/// A line imported, then exported from the position `#7-1`.
fn through(line: &str) -> String {
    let draft = envelope::parse(line.as_bytes()).unwrap();
    let mut out = Vec::new();
    envelope::write(&Event::new(EventId { ms: 7, seq: 1 }, draft), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn an_event_goes_through_a_line() {
    let full = r#"{"id":"a","topic":"t","alternates":["u","v"],"private":true,"type":"k","data":"\"\r\n\u0000é","user":"ann","time":7,"retry":9}"#;
    assert_eq!(through(full), format!("{full}\n"));
    let small = r##"{"id":"#7-1","topic":"t","data":"","time":7}"##;
    assert_eq!(through(small), format!("{small}\n"));
    assert_eq!(
        through(r#" {"topic":"t","data":"","more":[]} "#),
        format!("{small}\n")
    );
}

#[test]
fn the_end_of_a_topic_goes_through_a_line() {
    let end = r##"{"id":"#7-1","topic":"t","data":"","time":7,"end":true}"##;
    assert_eq!(through(end), format!("{end}\n"));
    let draft = envelope::parse(end.as_bytes()).unwrap();
    assert!(Event::new(EventId::ZERO, draft).is_end());
    assert!(!through(r#"{"topic":"t","data":"","end":false}"#).contains("end"));
    let with_data = r#"{"topic":"t","data":"x","end":true}"#;
    assert!(envelope::parse(with_data.as_bytes()).is_err());
}

#[test]
fn a_position_is_no_id_of_a_publisher() {
    let id = |id: &str| through(&format!(r#"{{"topic":"t","data":"","id":"{id}"}}"#));
    assert!(id("#1-0").starts_with(r##"{"id":"#7-1","##));
    for reserved in ["#1", "1-0"] {
        let line = format!(r#"{{"topic":"t","data":"","id":"{reserved}"}}"#);
        assert!(envelope::parse(line.as_bytes()).is_err(), "{line}");
    }
}

#[test]
fn lines_end_in_two_ways() {
    let mut input = &b"a\r\n\nb\r\r\nc"[..];
    let mut lines = Vec::new();
    let mut line = Vec::new();
    while read_line(&mut input, &mut line).unwrap() {
        lines.push(String::from_utf8(line.clone()).unwrap());
    }
    assert_eq!(lines, ["a", "", "b\r", "c"]);
}

#[test]
fn a_stream_is_read_as_the_standard_says() {
    let stream = b":\nretry: 20\nretry: x\nid: a\ndata:1\ndata:  2\n\nevent: k\ndata\n\n\
        event: lost\n\nid: b\n\ndata: 3\nid\n\nid: c\0\ndata: 4\n\ndata: unfinished";
    let mut stream = EventStream::new(&stream[..]);
    let expected = [
        (Some("a"), "", "1\n 2"),
        (Some("a"), "k", ""),
        (Some(""), "", "3"),
        (Some(""), "", "4"),
    ];
    for (id, kind, data) in expected {
        let message = stream.next().unwrap().unwrap();
        assert_eq!(
            (message.id.as_deref(), &*message.kind, &*message.data),
            (id, kind, data)
        );
    }
    assert!(stream.next().unwrap().is_none());
    assert_eq!(stream.retry, Some(Duration::from_millis(20)));
}
