//! The lists: who gets them, and what they say.

use super::*;

/// Somebody at each of these, and what they are called.
fn people(talk: &Talk) -> (Vec<Stream>, Vec<String>) {
    let queries = ["topic=a", "match=a&match_urlpattern=/a/:x", "topic=/a/{x}"];
    queries
        .map(|query| (subscribe(talk, query, ""), newest(talk)))
        .into_iter()
        .unzip()
}

/// The subscriptions in a list, each as its path behind that of all of them.
fn paths(list: &Value) -> Vec<&str> {
    let subscriptions = list["subscriptions"].as_array().unwrap().iter();
    subscriptions
        .map(|it| it["id"].as_str().unwrap().strip_prefix(LIST).unwrap())
        .collect()
}

#[test]
fn all_subscriptions_in_the_words_of_draft_07() {
    let talk = telling();
    let (streams, ids) = people(&talk);
    let reply = look(&talk, "", &knowing());
    assert_eq!(reply.status, 200);
    assert_eq!(reply.field("content-type"), Some("application/ld+json"));
    assert_eq!(
        reply.field("link"),
        Some(r#"</.well-known/mercure>; rel="mercure""#)
    );
    let list = json(&reply);
    let of = |topic: &str, who: usize| format!("/{topic}/{}", encoded(&ids[who]));
    assert_eq!(
        paths(&list),
        [of("a", 0), of("a", 1), of("%2Fa%2F%7Bx%7D", 2)]
    );
    let last = talk.events().last().unwrap().id().to_string();
    let first = &ids[0];
    assert!(
        reply.body.starts_with(&format!(
            r#"{{"@context":"https://mercure.rocks/","id":"{LIST}","type":"Subscriptions","lastEventID":"{last}","subscriptions":[{{"id":"{LIST}{}","type":"Subscription","subscriber":"{first}","topic":"a","active":true}},"#,
            of("a", 0)
        )),
        "{reply:?}"
    );
    streams.into_iter().for_each(|it| it.talk.finish());
    talk.world.settle();
    assert_eq!(
        json(&look(&talk, "", &knowing()))["subscriptions"],
        json!([])
    );
}

#[test]
fn all_subscriptions_in_the_words_of_draft_08() {
    let talk = telling();
    let (_streams, ids) = people(&talk);
    let new = format!("{}Accept: application/json\r\n", knowing());
    let reply = look(&talk, "", &new);
    assert_eq!(reply.field("content-type"), Some("application/json"));
    let last = talk.events().last().unwrap().id().to_string();
    let link = format!(
        r#"</.well-known/mercure>; rel="mercure"; last-event-id="{last}"; type="mercure"; content-type="application/json""#
    );
    assert_eq!(reply.field("link"), Some(&*link));
    let list = json(&reply);
    let of = |path: &str, who: usize| format!("/{path}/{}", encoded(&ids[who]));
    assert_eq!(
        paths(&list),
        [
            of("exact/a", 0),
            of("exact/a", 1),
            of("urlpattern/%2Fa%2F%3Ax", 1)
        ]
    );
    assert_eq!(list["id"], LIST);
    assert_eq!(list["type"], "subscriptions");
    assert!(list.get("@context").is_none() && list.get("lastEventID").is_none());
    let one = &list["subscriptions"][2];
    let expect = json!({
        "id": format!("{LIST}{}", of("urlpattern/%2Fa%2F%3Ax", 1)), "type": "subscription",
        "subscriber": ids[1], "match": "/a/:x", "match_type": "urlpattern", "active": true,
    });
    assert_eq!(*one, expect);
}

#[test]
fn the_subscriptions_to_one_thing() {
    let talk = telling();
    let (_streams, ids) = people(&talk);
    let check = |path: &str, expect: &[String]| {
        let reply = look(&talk, path, &knowing());
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        let list = json(&reply);
        assert_eq!(paths(&list), expect, "{path}");
        assert_eq!(list["id"], format!("{LIST}{path}"));
    };
    let [one, two, three] = [0, 1, 2].map(|who| encoded(&ids[who]));
    check("/a", &[format!("/a/{one}"), format!("/a/{two}")]);
    check("/%2Fa%2F%7Bx%7D", &[format!("/%2Fa%2F%7Bx%7D/{three}")]);
    check(
        "/exact/a",
        &[format!("/exact/a/{one}"), format!("/exact/a/{two}")],
    );
    check(
        "/urlpattern/%2Fa%2F%3Ax",
        &[format!("/urlpattern/%2Fa%2F%3Ax/{two}")],
    );
    check("/nothing", &[]);
    check("/exact/%2Fa%2F%3Ax", &[]);
    check("/urlpattern/a", &[]);
}

#[test]
fn one_subscription() {
    let talk = telling();
    let (mut streams, ids) = people(&talk);
    let last = talk.events().last().unwrap().id().to_string();
    let who = encoded(&ids[1]);
    let reply = look(&talk, &format!("/a/{who}"), &knowing());
    let expect = json!({
        "@context": "https://mercure.rocks/", "id": format!("{LIST}/a/{who}"), "type": "Subscription",
        "subscriber": ids[1], "topic": "a", "active": true, "lastEventID": last,
    });
    assert_eq!((reply.status, json(&reply)), (200, expect));
    let path = format!("/urlpattern/%2Fa%2F%3Ax/{who}");
    let reply = look(&talk, &path, &knowing());
    let expect = json!({
        "id": format!("{LIST}{path}"), "type": "subscription", "subscriber": ids[1], "match": "/a/:x",
        "match_type": "urlpattern", "active": true,
    });
    assert_eq!((reply.status, json(&reply)), (200, expect));
    let new = reply.field("link").unwrap().to_owned();
    assert!(new.contains(&format!(r#"last-event-id="{last}""#)), "{new}");
    let stranger = encoded("urn:uuid:00000000-0000-4000-8000-000000000000");
    for path in [
        format!("/a/{stranger}"),
        format!("/b/{who}"),
        format!("/exact/b/{who}"),
        format!("/urlpattern/a/{who}"),
        format!("/exact/a/{stranger}"),
        "/other/a/b".to_owned(),
        "/exact/a/b/c".to_owned(),
        "/".to_owned(),
        "/a/".to_owned(),
        "//a".to_owned(),
    ] {
        assert_eq!(look(&talk, &path, &knowing()).status, 404, "{path}");
    }
    streams.remove(1).talk.finish();
    assert_eq!(look(&talk, &format!("/a/{who}"), &knowing()).status, 404);
}

/// A topic that is called like a kind of matcher has a list in draft 07, and each of its subscriptions stands in
/// draft 08.
#[test]
fn a_topic_called_exact() {
    let talk = telling();
    let _stream = subscribe(&talk, "topic=exact", "");
    let who = encoded(&newest(&talk));
    assert_eq!(
        paths(&json(&look(&talk, "/exact", &knowing()))),
        [format!("/exact/{who}")]
    );
    let list = look(&talk, &format!("/exact/{who}"), &knowing());
    assert_eq!(json(&list)["type"], "subscriptions");
    assert_eq!(json(&list)["subscriptions"], json!([]));
    assert_eq!(
        look(&talk, &format!("/exact/exact/{who}"), &knowing()).status,
        200
    );
}

/// As for a private topic that is called like the path; the query is no part of it.
#[test]
fn who_may_look() {
    let talk = telling();
    let (_streams, ids) = people(&talk);
    let who = encoded(&ids[0]);
    let template = "/.well-known/mercure/subscriptions{/topic}{/subscriber}";
    let [all, one, none] = [
        &[template][..],
        &["/.well-known/mercure/subscriptions/a"],
        NOTHING,
    ]
    .map(|read| bearer(&sign("JWT", &plain(ANYTHING, read))));
    let mut claims = details(NOTHING, &["x"]);
    let pattern = "/.well-known/mercure/subscriptions/:type/:match/:subscriber?";
    claims["authorization_details"][0]["topics"][0] =
        json!({ "match": pattern, "match_type": "urlpattern" });
    let new = bearer(&sign("at+jwt", &claims));
    let status = |path: &str, fields: &str| look(&talk, path, fields).status;
    let single = format!("/a/{who}");
    assert_eq!(
        ["", "/a", &single, "?x=y"].map(|path| status(path, &all)),
        [200; 4]
    );
    assert_eq!(
        ["", "/a", &single, "/a?x=y"].map(|path| status(path, &one)),
        [403, 200, 403, 200]
    );
    assert_eq!(
        ["", "/a", &single].map(|path| status(path, &none)),
        [403; 3]
    );
    let exact = format!("/exact/a/{who}");
    assert_eq!(
        ["", "/exact/a", &exact].map(|path| status(path, &new)),
        [403, 200, 200]
    );
    assert_eq!(status("/exact/a/nobody", &all), 403);
    assert_eq!(status("/exact/a/nobody", &new), 404);
    challenged(&look(&talk, "", ""), 401, None);
    challenged(&look(&talk, "/exact/a/nobody", ""), 401, None);
    challenged(&look(&talk, "", &none), 403, Some("insufficient_scope"));
    challenged(
        &look(
            &talk,
            "",
            "Authorization: Bearer x.y.z-which-is-long-enough-to-be-looked-at-by-it\r\n",
        ),
        401,
        Some("invalid_token"),
    );
    let cookie = all.replace("Authorization: Bearer ", "Cookie: mercureAuthorization=");
    assert_eq!(status("", &cookie), 200);
    // A token in the query is of draft 07.
    let token = all.trim_start_matches("Authorization: Bearer ").trim_end();
    assert_eq!(status(&format!("?authorization={token}"), ""), 200);
    let token = new.trim_start_matches("Authorization: Bearer ").trim_end();
    assert_eq!(status(&format!("/exact/a?authorization={token}"), ""), 401);
}

/// Which draft speaks at the place of all subscriptions.
#[test]
fn accept_chooses_the_draft_where_the_path_does_not() {
    let talk = telling();
    let kind = |path: &str, accept: &str| {
        let reply = look(&talk, path, &format!("{}Accept: {accept}\r\n", knowing()));
        assert!(reply.field("vary").unwrap().contains("accept"));
        match reply.status {
            200 => reply.field("content-type").unwrap().to_owned(),
            status => status.to_string(),
        }
    };
    let (old, new) = ("application/ld+json", "application/json");
    for (accept, expect) in [
        ("*/*", old),
        (old, old),
        (new, new),
        ("application/json, application/ld+json;q=0.5", new),
        ("application/*", old),
        ("text/html", "406"),
    ] {
        assert_eq!(kind("", accept), expect, "{accept}");
    }
    assert_eq!(kind("/a", new), old);
    assert_eq!(kind("/exact/a", old), new);
}

/// A copy is good until something happens.
#[test]
fn a_copy_that_is_still_good() {
    let talk = telling();
    let stream = subscribe(&talk, "topic=a", "");
    let paths = ["", "/a", "/exact/a"].map(str::to_owned);
    let one = format!("/a/{}", encoded(&newest(&talk)));
    for path in paths.iter().chain([&one]) {
        let tag = look(&talk, path, &knowing())
            .field("etag")
            .unwrap()
            .to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        let known = |tag: &str| format!("{}If-None-Match: \"x\", W/{tag}\r\n", knowing());
        let reply = look(&talk, path, &known(&tag));
        assert_eq!(
            (reply.status, reply.field("etag")),
            (304, Some(&*tag)),
            "{path}"
        );
        assert!(reply.field("link").is_some());
        talk.world.publish("b", "x");
        let reply = look(&talk, path, &known(&tag));
        assert_eq!(reply.status, 200, "{path}");
    }
    let new = format!("{}Accept: application/json\r\n", knowing());
    assert_ne!(
        look(&talk, "", &new).field("etag"),
        look(&talk, "", &knowing()).field("etag")
    );
    stream.talk.finish();
    let any = format!("{}If-None-Match: *\r\n", knowing());
    assert_eq!(look(&talk, &one, &any).status, 404);
}

/// While the log takes nothing, a list changes before anything is told.
#[test]
fn a_copy_that_is_no_longer_good_although_nothing_is_told() {
    let (talk, _pump) = standing(HttpConfig::default());
    talk.world.publish_all("x", 0..1_024);
    let tag = look(&talk, "", &knowing())
        .field("etag")
        .unwrap()
        .to_owned();
    let _stream = subscribe(&talk, "topic=a", "");
    let known = format!("{}If-None-Match: {tag}\r\n", knowing());
    let reply = look(&talk, "", &known);
    assert_eq!((reply.status, told(&talk).len()), (200, 0));
}

/// Whoever reads a list, and goes on from the event that it names, knows how things stand.
#[test]
fn a_list_and_the_updates_after_it_are_everything() {
    for seed in 0..8 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let talk = telling();
        let mut streams: Vec<Stream> = Vec::new();
        let mut step = |streams: &mut Vec<Stream>| match rng.u8(0..5) {
            0 | 1 if !streams.is_empty() => streams
                .swap_remove(rng.usize(..streams.len()))
                .talk
                .finish(),
            _ => streams.push(subscribe(&talk, &format!("topic={}", rng.u8(0..3)), "")),
        };
        (0..12).for_each(|_| step(&mut streams));
        let list = json(&look(&talk, "", &knowing()));
        let after = list["lastEventID"]
            .as_str()
            .unwrap()
            .trim_start_matches('#')
            .to_owned();
        (0..12).for_each(|_| step(&mut streams));
        let mut known: Vec<String> = paths(&list)
            .iter()
            .map(|it| format!("{LIST}{it}"))
            .collect();
        let query = format!("topic={LIST}{{/x}}{{/y}}&last_event_id={after}");
        for data in stream(&talk, &query, &knowing()).data() {
            let update: Value = serde_json::from_str(&data).unwrap();
            let id = update["id"].as_str().unwrap().to_owned();
            match update["active"] == true {
                true => known.push(id),
                false => known.retain(|it| *it != id),
            }
        }
        talk.world.settle();
        let now = json(&look(&talk, "", &knowing()));
        let mut now: Vec<_> = paths(&now).iter().map(|it| format!("{LIST}{it}")).collect();
        // The stream that reads the updates was one of them, and is gone by now.
        known.retain(|it| !it.contains("%7B"));
        known.sort();
        now.sort();
        assert_eq!(known, now, "seed {seed}");
    }
}

#[test]
fn heads_and_methods() {
    let talk = telling();
    let (_streams, _) = people(&talk);
    let mut client = talk.another();
    client.send(request("HEAD", LIST, &knowing()));
    let head = Reply::take(&mut client.received, false).unwrap();
    let full = look(&talk, "", &knowing());
    assert_eq!(head.status, 200);
    for name in ["etag", "content-length", "content-type", "link"] {
        assert_eq!(head.field(name), full.field(name), "{name}");
    }
    assert!(client.received.is_empty());
    for method in ["DELETE", "POST", "QUERY", "PUT"] {
        let length = if method == "POST" {
            "Content-Length: 0\r\n"
        } else {
            ""
        };
        let reply = ask(&mut talk.another(), request(method, LIST, length));
        assert_eq!(reply.field("allow"), Some("get, head, options"), "{method}");
    }
}

#[test]
fn pages_may_read_the_link() {
    let talk = telling();
    for fields in [knowing(), String::new()] {
        let reply = look(&talk, "", &format!("{fields}Origin: {FRIEND}\r\n"));
        assert_eq!(reply.field("access-control-allow-origin"), Some(FRIEND));
        assert_eq!(
            reply.field("access-control-allow-credentials"),
            Some("true")
        );
        let exposed = reply.field("access-control-expose-headers").unwrap();
        assert!(exposed.split(", ").any(|it| it == "link"), "{exposed}");
    }
    let metadata = get("/.well-known/oauth-protected-resource/.well-known/mercure");
    let there = ask(&mut talk.another(), &metadata);
    assert_eq!(json(&there)["mercure_subscriptions"], true);
    let off = ask(&mut open(), &metadata);
    assert!(json(&off).get("mercure_subscriptions").is_none());
}

/// Before anything has happened there is no event to go on from.
#[test]
fn an_empty_log() {
    let talk = telling();
    assert_eq!(
        json(&look(&talk, "", &knowing()))["lastEventID"],
        "earliest"
    );
    let reply = look(&talk, "/exact/a", &knowing());
    assert!(
        reply
            .field("link")
            .unwrap()
            .contains(r#"last-event-id="earliest""#)
    );
}
