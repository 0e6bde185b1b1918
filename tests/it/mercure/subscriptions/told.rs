//! The updates: whom they are told, about what, and in which words.

use super::*;

#[test]
fn a_subscription_is_told_when_it_begins_and_when_it_ends() {
    let talk = telling();
    let stream = subscribe(&talk, "topic=https://example.com/a", "");
    let subscriber = newest(&talk);
    let topic = "https%3A%2F%2Fexample.com%2Fa";
    let old = format!("{LIST}/{topic}/{}", encoded(&subscriber));
    let new = format!("{LIST}/exact/{topic}/{}", encoded(&subscriber));
    let expected = |active: bool| {
        [
            format!(
                r#"{{"@context":"https://mercure.rocks/","id":"{old}","type":"Subscription","subscriber":"{subscriber}","topic":"https://example.com/a","active":{active}}}"#
            ),
            format!(
                r#"{{"id":"{new}","type":"subscription","subscriber":"{subscriber}","match":"https://example.com/a","match_type":"exact","active":{active}}}"#
            ),
        ]
    };
    assert_eq!(talk.said(), expected(true));
    stream.talk.finish();
    talk.world.settle();
    let said = talk.said();
    assert_eq!(said[2..], expected(false));
    for (number, event) in talk.events().iter().enumerate() {
        assert!(event.is_private());
        let (topic, kind) = match number % 2 {
            0 => (&old, None),
            _ => (&new, Some("mercure")),
        };
        assert_eq!((event.topic().as_str(), event.kind()), (&**topic, kind));
        assert_eq!(event.topics().count(), 1);
    }
}

/// A page of another origin cannot read the stream, so it must not write events by opening it.
#[test]
fn a_page_of_another_origin_is_not_told_of() {
    let evil = "Origin: https://evil.example\r\n";
    let cross = "Sec-Fetch-Site: cross-site\r\n";
    for fields in [evil, cross] {
        let talk = telling();
        for method in ["GET", "QUERY"] {
            let input = request(method, &format!("{HUB}?topic=a"), fields);
            assert_eq!(
                ask(&mut talk.another(), input).status,
                403,
                "{method} {fields}"
            );
        }
        assert_eq!(talk.said(), [""; 0], "{fields}");
        // Where nothing is told, nothing is changed.
        let quiet = guarded(Rights::to_read());
        subscribe(&quiet, "topic=a", fields);
    }
    let talk = telling();
    let stream = subscribe(&talk, "topic=a", &format!("Origin: {FRIEND}\r\n{cross}"));
    assert_eq!(talk.said().len(), 2);
    stream.talk.finish();
}

/// What both drafts can say is told in both; a template in draft 07 alone, a pattern in draft 08 alone.
#[test]
fn each_draft_hears_what_it_has_words_for() {
    let check = |query: &str, expect: &[&str]| {
        let talk = telling();
        let stream = subscribe(&talk, query, "");
        let expect: Vec<_> = expect.iter().map(|it| format!("begins {it}")).collect();
        assert_eq!(outline(&told(&talk)), expect, "{query}");
        stream.talk.finish();
        talk.world.settle();
        assert_eq!(told(&talk).len(), 2 * expect.len(), "{query}");
    };
    check("topic=a", &["/a", "/exact/a"]);
    check("match=a", &["/a", "/exact/a"]);
    check("topic=*", &["/%2A", "/exact/%2A"]);
    check("match_urlpattern=*", &["/%2A", "/exact/%2A"]);
    check("topic=/a/{x}", &["/%2Fa%2F%7Bx%7D"]);
    check("topic=/a/{", &["/%2Fa%2F%7B", "/exact/%2Fa%2F%7B"]);
    // Draft 07 would take it for a template.
    check("match=/a/{x}", &["/exact/%2Fa%2F%7Bx%7D"]);
    check("match_urlpattern=/a/:x", &["/urlpattern/%2Fa%2F%3Ax"]);
    check(
        "topic=a&topic=b&topic=a",
        &["/a", "/b", "/exact/a", "/exact/b"],
    );
}

/// It is told once the subscriber is live: its own update is the first thing that it gets.
#[test]
fn a_subscriber_hears_of_itself() {
    let talk = telling();
    let own = format!("{LIST}{{/topic}}{{/subscriber}}");
    let mut old = subscribe(&talk, &format!("topic={own}"), &knowing());
    // The beginning of its stream and its own update have been read together.
    assert_eq!(old.data(), [""; 0]);
    let query = "match_urlpattern=/.well-known/mercure/subscriptions/:type/:match/:subscriber";
    let mut new = stream(&talk, query, &knowing());
    let data = new.data();
    assert_eq!(data.len(), 1, "{data:?}");
    assert!(data[0].contains(r#""match_type":"urlpattern""#), "{data:?}");
    assert_eq!(old.data(), [""; 0]);
    let mut old = stream(&talk, &format!("topic={own}"), &knowing());
    assert_eq!(old.data().len(), 1);
}

/// The template that applications use, and the pattern for the same.
#[test]
fn templates_and_patterns_of_subscriptions() {
    let talk = telling();
    let mut streams = [
        "topic=/.well-known/mercure/subscriptions{/topic}{/subscriber}",
        "match_urlpattern=/.well-known/mercure/subscriptions/:type/:match/:subscriber",
        "topic=/.well-known/mercure/subscriptions/https%253A%252F%252Fe.example%252Fa{/subscriber}",
    ]
    .map(|query| subscribe(&talk, query, &knowing()));
    streams.iter_mut().for_each(|it| _ = it.read());
    let stranger = subscribe(&talk, "topic=https://e.example/a", "");
    let [old, new, one] = &mut streams;
    let heard = old.read();
    assert!(
        heard.contains(r#""topic":"https://e.example/a","active":true}"#),
        "{heard}"
    );
    assert!(!heard.contains("event: "), "{heard}");
    assert_eq!(one.read(), heard);
    let heard = new.read();
    assert!(heard.starts_with("event: mercure\nid: "), "{heard}");
    assert!(
        heard.contains(r#""match":"https://e.example/a""#),
        "{heard}"
    );
    stranger.talk.finish();
    for stream in [old, new, one] {
        let data = stream.data();
        assert!(
            data.len() == 1 && data[0].contains(r#""active":false"#),
            "{data:?}"
        );
    }
}

#[test]
fn who_may_not_know_is_told_nothing() {
    let talk = telling();
    let other = bearer(&sign(
        "JWT",
        &plain(ANYTHING, &["/.well-known/mercure/{x}"]),
    ));
    let some = bearer(&sign("JWT", &plain(NOTHING, &[&format!("{LIST}/a/{{x}}")])));
    let mut nobody: Vec<_> = ["", &other]
        .iter()
        .flat_map(|fields| ["topic=*", "match_urlpattern=/:a*"].map(|query| (query, fields)))
        .map(|(query, fields)| subscribe(&talk, query, fields))
        .collect();
    let mut native = Stream::open(talk.another(), get("/events/*"));
    native.read();
    let mut one = subscribe(&talk, "topic=*", &some);
    let strangers = ["topic=a", "topic=b"].map(|query| subscribe(&talk, query, ""));
    let data = one.data();
    assert!(
        data.len() == 1 && data[0].contains(r#""topic":"a""#),
        "{data:?}"
    );
    strangers.into_iter().for_each(|it| it.talk.finish());
    assert_eq!(one.data().len(), 1);
    nobody.push(native);
    for stream in &mut nobody {
        assert_eq!(stream.data(), [""; 0]);
    }
    // Nor afterwards.
    let mut replay = stream(&talk, "topic=*&lastEventID=earliest", "");
    assert_eq!(replay.data(), [""; 0]);
    let poll = get("/events/*?format=poll&wait=0&last_event_id=earliest");
    assert!(
        ask(&mut talk.another(), poll)
            .body
            .starts_with(r#"{"events":[],"#)
    );
    let mut replay = stream(&talk, "topic=*&lastEventID=earliest", &knowing());
    assert_eq!(replay.data().len(), 20);
}

/// The payload is that of the first part of the token that covers the subscription.
#[test]
fn what_the_token_says_of_a_subscription_is_passed_on() {
    let talk = telling();
    let mut claims = plain(NOTHING, NOTHING);
    claims["mercure"]["payload"] = json!({ "user": "ann" });
    let old = subscribe(&talk, "topic=a&topic=/{x}", &bearer(&sign("JWT", &claims)));
    let payloads: Vec<_> = told(&talk).iter().map(|it| it["payload"].clone()).collect();
    assert_eq!(payloads, vec![json!({ "user": "ann" }); 3]);
    old.talk.finish();
    talk.world.settle();
    assert_eq!(newest_told(&talk)["payload"], json!({ "user": "ann" }));

    let mut claims = details(NOTHING, &["a"]);
    claims["authorization_details"][0]["payload"] = json!([1, 2.50]);
    let new = subscribe(&talk, "match=a&match=b", &bearer(&sign("at+jwt", &claims)));
    let told = told(&talk);
    let of = |text: &str| {
        let mut found = told.iter().rev().filter(|it| it["match"] == text);
        found.next().unwrap().get("payload").cloned()
    };
    assert_eq!(of("a"), Some(json!([1, 2.50])));
    assert_eq!(of("b"), None);
    new.talk.finish();
}

fn newest_told(talk: &Talk) -> Value {
    told(talk).pop().unwrap()
}

/// A UUID of version 4, one for a connection, which no client can choose.
#[test]
fn ids_of_subscribers() {
    let talk = telling();
    let fields = "Subscriber: me\r\nMercure-Subscriber: me\r\nX-Request-Id: me\r\n";
    let query = "topic=a&topic=b&subscriber=urn:uuid:00000000-0000-4000-8000-000000000000&id=me";
    let mut ids = Vec::new();
    for _ in 0..100 {
        let before = told(&talk).len();
        let stream = subscribe(&talk, query, fields);
        let told = told(&talk);
        let id = told[before]["subscriber"].as_str().unwrap().to_owned();
        assert!(told[before..].iter().all(|it| it["subscriber"] == *id));
        assert_eq!(told.len(), before + 4);
        let digits: Vec<_> = id.strip_prefix("urn:uuid:").unwrap().split('-').collect();
        assert_eq!(
            digits.iter().map(|it| it.len()).collect::<Vec<_>>(),
            [8, 4, 4, 4, 12]
        );
        assert!(
            digits[2].starts_with('4') && digits[3].starts_with(['8', '9', 'a', 'b']),
            "{id}"
        );
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        assert!(digits.concat().bytes().all(is_digit), "{id}");
        ids.push(id);
        stream.talk.finish();
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 100);
    assert!(!ids.contains(&"urn:uuid:00000000-0000-4000-8000-000000000000".to_owned()));
}

/// Each value as a whole and once, so that a `%` in it is `%25` and comes back by decoding it once.
#[test]
fn values_are_percent_encoded_exactly_once() {
    for text in [
        "a%2Fb",
        "100 %",
        "ä/ö",
        "a?b=c#d",
        "~-._!'()*",
        "{x",
        "https://e.example/%7Bx%7D",
    ] {
        let talk = telling();
        let query: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let stream = subscribe(&talk, &format!("match={query}"), "");
        let told = told(&talk);
        let told = told.last().unwrap();
        let id = told["id"].as_str().unwrap();
        assert_eq!(told["match"], text);
        let subscriber = encoded(told["subscriber"].as_str().unwrap());
        assert_eq!(id, format!("{LIST}/exact/{}/{subscriber}", encoded(text)));
        let found = ask(&mut talk.another(), request("GET", id, &knowing()));
        assert_eq!(
            (found.status, json(&found)["match"].as_str()),
            (200, Some(text))
        );
        stream.talk.finish();
    }
}

#[test]
fn without_a_roster_nothing_is_told_nor_there() {
    let talk = guarded(Rights::to_read());
    subscribe(&talk, "topic=a&topic=/a/{x}", &knowing())
        .talk
        .finish();
    assert_eq!(talk.said(), [""; 0]);
    for path in ["", "/a", "/exact/a", "/exact/a/urn:uuid:b"] {
        assert_eq!(look(&talk, path, &knowing()).status, 404);
    }
    let target = request("OPTIONS", LIST, "");
    assert_eq!(ask(&mut talk.another(), target).status, 404);
}

/// Whoever reads the native endpoints is not told of, nor whoever asks for a head, or is refused.
#[test]
fn only_streams_of_the_protocol_are_told() {
    let talk = telling();
    for target in [
        "/events/a",
        "/sse?user=ann",
        "/events/a?format=ndjson",
        "/events/a?presence=1",
    ] {
        Stream::open(talk.another(), get(target)).talk.finish();
    }
    let mut poll = talk.another();
    poll.send(get("/events/a?format=poll"));
    let mut head = talk.another();
    head.send(request("HEAD", &format!("{HUB}?topic=a"), ""));
    assert!(head.received.starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert_eq!(
        ask(&mut talk.another(), get(&format!("{HUB}?match_x=a"))).status,
        400
    );
    talk.world.settle();
    assert_eq!(talk.said(), [""; 0]);
}
