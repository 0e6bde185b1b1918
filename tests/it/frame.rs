//! The event stream's bytes, literally.

use std::time::Duration;

use ssehub::{Draft, Event, EventId, Format, Frame, Topic};

const ID: EventId = EventId { ms: 7, seq: 1 };

fn draft(data: &str) -> Draft {
    Draft::new(Topic::parse("t").unwrap(), data)
}

fn check(draft: Draft, format: Format, expected: &str) {
    let event = Event::new(ID, draft);
    let plain = event.frame(format).plain();
    assert_eq!(String::from_utf8_lossy(plain), expected);
}

fn check_data(data: &str, lines: &str) {
    check(draft(data), Format::Text, &format!("id: #7-1\n{lines}\n"));
}

#[test]
fn a_line() {
    check_data("hello", "data: hello\n");
}

#[test]
fn nothing() {
    check_data("", "data: \n");
}

#[test]
fn every_line_end_splits() {
    check_data("a\nb", "data: a\ndata: b\n");
    check_data("a\rb", "data: a\ndata: b\n");
    check_data("a\r\nb", "data: a\ndata: b\n");
    check_data("a\n\rb", "data: a\ndata: \ndata: b\n");
    check_data("a\r\r\nb", "data: a\ndata: \ndata: b\n");
}

#[test]
fn line_ends_at_the_edges_stay() {
    check_data("a\n", "data: a\ndata: \n");
    check_data("\na", "data: \ndata: a\n");
    check_data("\r\n", "data: \ndata: \n");
}

#[test]
fn nobody_forges_an_event() {
    check_data(
        "x\n\nevent: gap\ndata: y",
        "data: x\ndata: \ndata: event: gap\ndata: data: y\n",
    );
}

#[test]
fn a_leading_space_survives_the_one_that_is_taken_away() {
    check_data(" a", "data:  a\n");
}

#[test]
fn other_separators_are_text() {
    check_data(
        "a\u{2028}b\u{85}c\u{b}d\0e",
        "data: a\u{2028}b\u{85}c\u{b}d\0e\n",
    );
}

#[test]
fn a_mebibyte() {
    let data = "m".repeat(1 << 20);
    check_data(&data, &format!("data: {data}\n"));
    let lines = "m\n".repeat(1 << 19);
    let expected = "data: m\n".repeat(1 << 19) + "data: \n";
    check_data(&lines, &expected);
}

#[test]
fn all_fields_in_order() {
    let draft = draft("d")
        .kind("tick")
        .unwrap()
        .own_id("mine")
        .unwrap()
        .retry(Duration::from_millis(1_500));
    check(
        draft,
        Format::Text,
        "event: tick\nretry: 1500\nid: mine\ndata: d\n\n",
    );
}

/// Also those of an old log, or of another hub.
#[test]
fn a_retry_time_is_told_within_its_bounds() {
    let told = [
        (0, 100),
        (99, 100),
        (100, 100),
        (600_000, 600_000),
        (600_001, 600_000),
        (u64::MAX, 600_000),
    ];
    for (said, told) in told {
        let draft = draft("d").retry(Duration::from_millis(said));
        let frame = format!("retry: {told}\nid: #7-1\ndata: d\n\n");
        check(draft, Format::Text, &frame);
    }
}

#[test]
fn the_envelope_leaves_out_what_is_absent() {
    let json = r##"{"id":"#7-1","topic":"t","data":"a\nb","time":7}"##;
    check(
        draft("a\nb"),
        Format::Json,
        &format!("id: #7-1\ndata: {json}\n\n"),
    );
    check(draft("a\nb"), Format::Lines, &format!("{json}\n"));
}

#[test]
fn the_envelope_has_what_is_there() {
    let full = draft("d").kind("k").unwrap().user("ann\u{1f600}\"");
    let json = "{\"id\":\"#7-1\",\"topic\":\"t\",\"type\":\"k\",\"data\":\"d\",\
                \"user\":\"ann\u{1f600}\\\"\",\"time\":7}\n";
    check(full, Format::Lines, json);
}

#[test]
fn labels_cannot_end_their_line() {
    for bad in ["", "a\nb", "a\rb", "a\0b", "\u{85}", &"x".repeat(256)] {
        assert!(draft("d").kind(bad).is_err(), "{bad:?}");
        assert!(draft("d").own_id(bad).is_err(), "{bad:?}");
    }
    assert!(draft("d").own_id("#1-1").is_err());
    assert!(draft("d").own_id("earliest").is_err());
}

#[test]
fn a_chunk_is_its_length_and_the_payload() {
    let event = Event::new(ID, draft("hello"));
    let frame = event.frame(Format::Text);
    assert_eq!(frame.chunked(), b"16\r\nid: #7-1\ndata: hello\n\n\r\n");
}

#[test]
fn a_heartbeat_is_a_comment_or_an_empty_line() {
    for format in [Format::Text, Format::Json] {
        assert_eq!(Frame::heartbeat(format).chunked(), b"2\r\n:\n\r\n");
        assert_eq!(Frame::heartbeat(format).plain(), b":\n");
    }
    assert_eq!(Frame::heartbeat(Format::Lines).chunked(), b"1\r\n\n\r\n");
    assert_eq!(Frame::heartbeat(Format::Lines).plain(), b"\n");
}

#[test]
fn the_prelude_has_no_blank_line_but_between_lines_of_json() {
    let prelude = |format| Frame::prelude(Duration::from_millis(2_345), format);
    for format in [Format::Text, Format::Json] {
        assert_eq!(prelude(format).plain(), b":\nretry: 2345\n");
    }
    assert_eq!(prelude(Format::Lines).plain(), b"\n");
}

/// Some readers split a stream at more than CR and LF.
#[test]
fn json_is_one_line_for_every_reader() {
    let text = "a\u{85}b\u{2028}c\u{2029}d";
    let draft = draft(text)
        .user(text)
        .kind("k\u{2028}")
        .unwrap()
        .own_id("\u{2029}i")
        .unwrap();
    let event = Event::new(
        ID,
        draft
            .alternates([Topic::parse("\u{2028}").unwrap()])
            .unwrap(),
    );
    let frames = [
        event.frame(Format::Lines).clone(),
        Frame::gap("\u{2028}", ID, Format::Lines),
        Frame::gap("\u{2029}", ID, Format::Text),
    ];
    for frame in frames {
        let said = str::from_utf8(frame.plain()).unwrap();
        assert!(!said.contains(['\u{85}', '\u{2028}', '\u{2029}']), "{said}");
    }
    let lines = event.frame(Format::Lines).plain();
    let read: serde_json::Value = serde_json::from_slice(lines).unwrap();
    assert_eq!((&read["data"], &read["user"]), (&text.into(), &text.into()));
    // Its fields have the text as it is; JSON stands in `data` alone.
    let json = str::from_utf8(event.frame(Format::Json).plain()).unwrap();
    assert!(
        json.contains("\ndata: {") && json.contains(r"a\u0085b\u2028c\u2029d"),
        "{json}"
    );
}

/// Whatever stands on a stream of lines, a JSON parser reads it.
#[test]
fn lines_are_json_texts_with_white_space_between() {
    let event = Event::new(ID, draft("a\r\n\nb").own_id("mine").unwrap());
    let frames = [
        Frame::prelude(Duration::ZERO, Format::Lines),
        event.frame(Format::Lines).clone(),
        Frame::heartbeat(Format::Lines).clone(),
        Frame::gap("5-5", ID, Format::Lines),
        Frame::heartbeat(Format::Lines).clone(),
    ];
    let stream: Vec<u8> = frames.iter().flat_map(|it| it.plain()).copied().collect();
    let values = serde_json::Deserializer::from_slice(&stream).into_iter::<serde_json::Value>();
    let values: Vec<_> = values.map(Result::unwrap).collect();
    assert_eq!(values.len(), 2);
    assert_eq!(values[0]["id"], "mine");
    assert_eq!(values[1]["id"], "#7-1");
    // What the hub says itself has no topic, and no publisher can say anything without one.
    assert_eq!(
        (&values[1]["type"], &values[1]["topic"]),
        (&"gap".into(), &serde_json::Value::Null)
    );
    let lines = stream
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    assert_eq!(lines.count(), 2);
}

#[test]
fn a_gap_is_told_in_each_format() {
    let gap = |format| {
        let frame = Frame::gap("5-5", ID, format);
        String::from_utf8_lossy(frame.plain()).into_owned()
    };
    let data = r##"{"after":"5-5","resumed":"#7-1"}"##;
    let stream = format!("event: gap\nid: #7-1\ndata: {data}\n\n");
    assert_eq!(gap(Format::Text), stream);
    assert_eq!(gap(Format::Json), stream);
    let line: serde_json::Value = serde_json::from_str(&gap(Format::Lines)).unwrap();
    assert_eq!(line["type"], "gap");
    assert_eq!(line["data"]["resumed"], "#7-1");
}

#[test]
fn positions_are_read_as_they_are_written() {
    for text in ["#7-1", "7-1"] {
        assert_eq!(text.parse(), Ok(ID));
    }
    for text in [
        "",
        "#",
        "7",
        "7-",
        "-1",
        "#-",
        "+7-1",
        "7-+1",
        "7-1-1",
        " 7-1",
        "##7-1",
        "99999999999999999999-1",
    ] {
        assert!(text.parse::<EventId>().is_err(), "{text:?}");
    }
    assert_eq!(ID.previous().next(), ID);
    let first = EventId { ms: 8, seq: 0 };
    assert!(first.previous() > ID && first.previous().next() == first);
    assert_eq!(ID.following(7), EventId { ms: 7, seq: 2 });
    assert_eq!(ID.following(3), EventId { ms: 7, seq: 2 });
    assert_eq!(ID.following(9), EventId { ms: 9, seq: 0 });
}
