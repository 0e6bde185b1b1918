//! What a publisher may send, and what comes of it.

use super::*;

/// What a subscriber of everything, private updates too, sees of one update.
#[track_caller]
fn becomes(form: &str, frame: &str) {
    let talk = open();
    let token = sign("JWT", &plain(NOTHING, ANYTHING));
    let mut stream = subscribe(&talk, "topic=*", &bearer(&token));
    let id = publish(&talk, form);
    assert_eq!(stream.read().replace(&id, "ID"), frame, "{form}");
}

#[track_caller]
fn no(form: impl AsRef<[u8]>, sentence: &str) {
    refused(update("", form), 400, sentence);
}

#[test]
fn the_answer_is_the_id_in_plain_text() {
    let mut talk = open();
    let reply = ask(&mut talk, update("", "topic=a&data=x"));
    assert_eq!((reply.status, &*reply.body), (200, "#1000-1"));
    assert_eq!(
        reply.field("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let reply = ask(&mut talk, update("", "id=urn:uuid:5&topic=a&data=x"));
    assert_eq!((reply.status, &*reply.body), (200, "urn:uuid:5"));
    assert_eq!(talk.events().last().unwrap().own_id(), Some("urn:uuid:5"));
    talk.finish();
}

#[test]
fn the_first_topic_is_canonical_and_the_others_are_alternates() {
    let talk = open();
    let mut streams = ["a", "b", "c", "d"].map(|it| subscribe(&talk, &format!("match={it}"), ""));
    let mut all = subscribe(&talk, "topic=a&topic=b&topic=c", "");
    publish(&talk, "topic=b&topic=a&topic=c&topic=b&data=x");
    let heard = streams.each_mut().map(|stream| stream.data().len());
    assert_eq!(heard, [1, 1, 1, 0]);
    assert_eq!(all.data(), ["x"]);
    let event = &talk.events()[0];
    assert_eq!(event.topic().as_str(), "b");
    assert_eq!(event.alternates().len(), 2);
}

#[test]
fn an_update_needs_a_topic() {
    no("data=x", "an update names at least one topic");
    no("", "an update names at least one topic");
    no("topic=&data=x", "a topic must not be empty");
    no("topic=a&topic=", "a topic must not be empty");
    refused(
        request("POST", HUB, ""),
        400,
        "an update names at least one topic",
    );
}

/// Whatever it says.
#[test]
fn private_by_being_there() {
    for (form, private) in [
        ("topic=a&private=on", true),
        ("topic=a&private=", true),
        ("private&topic=a", true),
        ("topic=a&private=0", true),
        ("topic=a&private=false", true),
        ("topic=a", false),
        ("topic=a&Private=on&private[]=on", false),
    ] {
        let talk = open();
        let token = sign("JWT", &plain(NOTHING, ANYTHING));
        let mut granted = subscribe(&talk, "topic=a", &bearer(&token));
        let mut stream = subscribe(&talk, "topic=a", "");
        publish(&talk, format!("{form}&data=x"));
        assert_eq!(granted.data(), ["x"], "{form}");
        assert_eq!(stream.data().is_empty(), private, "{form}");
    }
}

/// Else an update could forge another, or what is to follow.
#[test]
fn each_line_of_data_is_a_field() {
    becomes(
        "topic=a&data=x%0Ay%0Dz%0D%0A%0Aid: 7",
        "id: ID\ndata: x\ndata: y\ndata: z\ndata: \ndata: id: 7\n\n",
    );
    becomes("topic=a&data=", "id: ID\ndata: \n\n");
    becomes("topic=a", "id: ID\ndata: \n\n");
    becomes("topic=a&data=%C3%A9+%26", "id: ID\ndata: \u{e9} &\n\n");
}

#[test]
fn type_and_retry() {
    becomes(
        "topic=a&data=x&type=t+u&retry=600000",
        "event: t u\nretry: 600000\nid: ID\ndata: x\n\n",
    );
    // Empty fields are none, and no client could do anything with zero.
    becomes("topic=a&data=x&type=&retry=&id=", "id: ID\ndata: x\n\n");
    becomes("topic=a&data=x&retry=0", "id: ID\ndata: x\n\n");
    for text in ["x", "-1", "+1", "1.5", "1e3", "%D9%A3", "1 "] {
        no(
            format!("topic=a&retry={text}"),
            "retry is a number of milliseconds",
        );
    }
    for retry in ["1", "99", "600001", "99999999999999999999999"] {
        no(
            format!("topic=a&retry={retry}"),
            "retry is 100 to 600000 milliseconds, ten minutes",
        );
    }
    no("topic=a&type=mercure", "the type mercure is the hub's own");
    no("topic=a&type=gap", "the type gap is the hub's own");
}

#[test]
fn control_and_format_characters_are_refused() {
    let characters = [
        "%00",
        "%0A",
        "%0D",
        "%1F",
        "%7F",
        "%C2%80",
        "%C2%9F",
        "%C2%AD",
        "%D8%9C",
        "%E2%80%8B",
        "%E2%80%AE",
        "%EF%BB%BF",
        "%F3%A0%80%81",
    ];
    for text in characters {
        no(
            format!("topic=a{text}b"),
            "a topic must not hold control or format characters",
        );
        no(
            format!("topic=a&topic={text}"),
            "a topic must not hold control or format characters",
        );
        no(
            format!("topic=a&type=a{text}b"),
            "a type must not hold control or format characters",
        );
        no(
            format!("topic=a&id={text}b"),
            "an id must not hold control or format characters",
        );
    }
}

#[test]
fn ids_that_mean_something_else() {
    let sentence = "an id has 1 to 255 bytes and no control characters, does not start with #, has no space at either end, and is not `earliest`";
    for id in ["%23", "%23x", "%231000-1", "earliest"] {
        no(format!("topic=a&id={id}"), sentence);
    }
    assert_eq!(publish(&open(), "topic=a&id=x%23"), "x#");
}

#[test]
fn what_is_not_utf_8_is_refused() {
    let sentence = "a field of the form is not UTF-8";
    for form in [
        "topic=%ff",
        "topic=a&data=%C3%28",
        "topic=a&id=%ED%A0%80",
        "topic=a&type=%80",
        "topic=a&x=%ff",
        "%ff=a&topic=a",
    ] {
        no(form, sentence);
    }
    no(b"topic=a&data=\xff", sentence);
}

#[test]
fn unknown_fields_are_ignored() {
    becomes(
        "x=y&topic=a&=&&data=d&content_type=a/b&match=*&event=e",
        "id: ID\ndata: d\n\n",
    );
}

#[test]
fn what_is_too_large_is_413() {
    let too_long = format!("topic=a&data={}", "x".repeat(1 << 20));
    let mut talk = open();
    talk.send(update("", too_long));
    assert_eq!(talk.reply().unwrap().status, 413);
    let topics = |count: u32| {
        let names = (0..count).map(|number| format!("topic=t{number}&"));
        names.collect::<String>()
    };
    publish(&open(), topics(100));
    refused(
        update("", topics(101)),
        413,
        "an update has at most 100 topics",
    );
    let long = |bytes: usize| format!("topic={}", "t".repeat(bytes));
    publish(&open(), long(255));
    refused(update("", long(256)), 413, "a topic has at most 255 bytes");
}

#[test]
fn the_body_is_a_form() {
    let json = post(HUB, "Content-Type: application/json\r\n", "{}");
    let sentence = "the body is application/x-www-form-urlencoded here";
    refused(json, 415, sentence);
    let mut talk = open();
    for fields in [
        "",
        "Content-Type: Application/X-WWW-Form-Urlencoded; charset=UTF-8\r\n",
    ] {
        assert_eq!(ask(&mut talk, post(HUB, fields, "topic=a")).status, 200);
    }
    talk.finish();
}
