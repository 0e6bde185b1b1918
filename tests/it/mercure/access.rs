//! How a token is presented, and what it takes to publish and to subscribe.

use super::*;

fn publishes(talk: &Talk, fields: &str, form: &str) -> Reply {
    ask(&mut talk.another(), update(fields, form))
}

/// A refusal to a subscriber.
fn refusal(talk: &Talk, query: &str, fields: &str) -> Reply {
    let target = format!("{HUB}?{query}");
    ask(&mut talk.another(), request("GET", &target, fields))
}

/// What a subscriber sees of a private update on `a`.
fn sees(talk: &Talk, query: &str, fields: &str) -> bool {
    let mut stream = subscribe(talk, query, fields);
    publish(talk, "topic=a&private&data=secret");
    stream.data() == ["secret"]
}

#[test]
fn a_publisher_needs_every_topic() {
    for token in tokens(&["a", "b"], ANYTHING) {
        let talk = guarded(Rights::to_read());
        let fields = bearer(&token);
        assert_eq!(publishes(&talk, &fields, "topic=a&topic=b").status, 200);
        for form in ["topic=c", "topic=a&topic=c", "topic=c&topic=a&private"] {
            let reply = publishes(&talk, &fields, form);
            challenged(&reply, 403, Some("insufficient_scope"));
        }
        assert_eq!(talk.said().len(), 1);
    }
}

#[test]
fn a_publisher_without_a_token() {
    let talk = guarded(Rights::to_read());
    challenged(&publishes(&talk, "", "topic=a"), 401, None);
    assert_eq!(talk.said().len(), 0);
    assert_eq!(
        publishes(&guarded(Rights::everything()), "", "topic=a").status,
        200
    );
}

#[test]
fn what_lets_nobody_publish() {
    let talk = guarded(Rights::to_read());
    let may_not = |claims: Value| {
        let reply = publishes(&talk, &bearer(&sign("JWT", &claims)), "topic=a");
        challenged(&reply, 403, Some("insufficient_scope"));
    };
    may_not(json!({}));
    may_not(json!({ "mercure": {} }));
    may_not(json!({ "mercure": { "publish": [] } }));
    may_not(json!({ "mercure": { "publish": null } }));
    may_not(json!({ "mercure": { "subscribe": ["*"] } }));
    may_not(json!({ "publish": ["*"] }));
    let namespaced = json!({ "https://mercure.rocks/": { "publish": ["a"] } });
    let fields = bearer(&sign("JWT", &namespaced));
    assert_eq!(publishes(&talk, &fields, "topic=a").status, 200);
    let template = bearer(&sign("JWT", &plain(&["books/{id}"], NOTHING)));
    assert_eq!(publishes(&talk, &template, "topic=books/1").status, 200);
    assert_eq!(publishes(&talk, &template, "topic=books/1/2").status, 403);
}

#[test]
fn the_scheme_is_in_any_case() {
    let talk = guarded(Rights::to_read());
    let token = sign("JWT", &plain(&["a"], NOTHING));
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR "] {
        let fields = format!("Authorization: {scheme} {token}\r\n");
        assert_eq!(publishes(&talk, &fields, "topic=a").status, 200, "{scheme}");
    }
    for field in ["", "Bearer", &token, &format!("Bearer,{token}")] {
        let fields = format!("Authorization: {field}\r\n");
        let reply = publishes(&talk, &fields, "topic=a");
        challenged(&reply, 400, Some("invalid_request"));
    }
    // One of another scheme is none of the hub's.
    let fields = format!("Authorization: Basic {token}\r\n");
    challenged(&publishes(&talk, &fields, "topic=a"), 401, None);
    let twice = bearer(&token).repeat(2);
    challenged(
        &publishes(&talk, &twice, "topic=a"),
        400,
        Some("invalid_request"),
    );
}

/// Draft 07 allows it; draft 08 forbids it.
#[test]
fn a_token_in_the_query_is_of_draft_07_alone() {
    for token in tokens(NOTHING, &["a"]) {
        let talk = guarded(Rights::to_read());
        assert!(sees(&talk, &format!("topic=a&authorization={token}"), ""));
        for name in ["match", "match_exact", "match_urlpattern"] {
            assert!(!sees(&talk, &format!("{name}=*&authorization={token}"), ""));
        }
        let talk = guarded(Rights::nothing());
        let query = format!("match=a&authorization={token}");
        challenged(&refusal(&talk, &query, ""), 401, None);
    }
    let talk = guarded(Rights::to_read());
    let token = sign("JWT", &plain(&["a"], NOTHING));
    let publish = |query: &str| {
        let target = format!("{HUB}?{query}");
        ask(&mut talk.another(), post(&target, FORM, "topic=a")).status
    };
    assert_eq!(publish(&format!("authorization={token}")), 200);
    assert_eq!([publish("authorization="), publish("")], [400, 401]);
}

/// One that is presented in another way, too, is ignored; a wrong one is never passed over.
#[test]
fn the_field_wins_over_the_query_and_the_query_over_the_cookie() {
    let talk = guarded(Rights::to_read());
    let good = sign("JWT", &plain(NOTHING, &["a"]));
    let other = sign("JWT", &plain(NOTHING, &["b"]));
    let wrong = format!("{good}A");
    let cookie = |token: &str| format!("Cookie: mercureAuthorization={token}\r\n");
    let in_query = |token: &str| format!("topic=a&authorization={token}");
    let all = |field: &str, query: &str, cookie_token: &str| {
        let fields = bearer(field) + &cookie(cookie_token);
        (in_query(query), fields)
    };
    let (query, fields) = all(&good, &wrong, &wrong);
    assert!(sees(&talk, &query, &fields));
    let (query, fields) = all(&other, &good, &good);
    assert!(!sees(&talk, &query, &fields));
    let (query, fields) = all(&wrong, &good, &good);
    challenged(&refusal(&talk, &query, &fields), 401, Some("invalid_token"));
    assert!(sees(&talk, &in_query(&good), &cookie(&wrong)));
    assert!(!sees(&talk, &in_query(&other), &cookie(&good)));
    let reply = refusal(&talk, &in_query(&wrong), &cookie(&good));
    challenged(&reply, 401, Some("invalid_token"));
}

#[test]
fn the_anonymous_read_what_is_public_if_they_may() {
    let talk = guarded(Rights::to_read());
    for query in ["topic=a", "match=a"] {
        assert!(!sees(&talk, query, ""));
        let mut stream = subscribe(&talk, query, "");
        publish(&talk, "topic=a&data=public");
        assert_eq!(stream.data(), ["public"]);
    }
    let talk = guarded(Rights::nothing());
    for query in ["topic=a", "match=a", "topic=*"] {
        challenged(&refusal(&talk, query, ""), 401, None);
    }
}

/// The rule of every endpoint at which events are read.
#[test]
fn where_reading_is_closed_a_subscriber_needs_each_topic_that_it_asks_for() {
    let scope = Some("insufficient_scope");
    for token in tokens(&["*"], NOTHING) {
        let talk = guarded(Rights::nothing());
        for query in ["topic=*", "topic=a", "match=a", "match=*"] {
            challenged(&refusal(&talk, query, &bearer(&token)), 403, scope);
        }
        let native = request("GET", "/events/a", &bearer(&token));
        assert_eq!(ask(&mut talk.another(), native).status, 403);
    }
    for token in tokens(NOTHING, &["a", "b"]) {
        let talk = guarded(Rights::nothing());
        for query in ["topic=*", "topic=c", "topic=a&topic=c", "match=c"] {
            challenged(&refusal(&talk, query, &bearer(&token)), 403, scope);
        }
        let mut stream = subscribe(&talk, "topic=a&topic=b", &bearer(&token));
        publish(&talk, "topic=a&data=public");
        publish(&talk, "topic=b&data=secret&private");
        publish(&talk, "topic=c&data=other");
        assert_eq!(stream.data(), ["public", "secret"]);
    }
    for token in tokens(NOTHING, ANYTHING) {
        let talk = guarded(Rights::nothing());
        let mut stream = subscribe(&talk, "match=whatever", &bearer(&token));
        publish(&talk, "topic=whatever&data=public");
        assert_eq!(stream.data(), ["public"]);
    }
}

/// A token that grants nothing is as good as none.
#[test]
fn where_reading_is_open_every_token_reads_what_is_public() {
    for token in tokens(&["z"], NOTHING) {
        let talk = guarded(Rights::to_read());
        let mut stream = subscribe(&talk, "topic=*", &bearer(&token));
        publish(&talk, "topic=a&data=public");
        publish(&talk, "topic=a&data=secret&private");
        assert_eq!(stream.data(), ["public"]);
    }
}

/// Which topic is asked for and which is granted need not be the same.
#[test]
fn a_private_update_takes_one_topic_asked_for_and_one_granted() {
    for token in tokens(NOTHING, &["b"]) {
        let talk = guarded(Rights::to_read());
        let mut stream = subscribe(&talk, "match=a", &bearer(&token));
        for topics in [
            "topic=a",
            "topic=b",
            "topic=a&topic=b",
            "topic=c&topic=b&topic=a",
        ] {
            publish(&talk, format!("{topics}&private&data={}", topics.len()));
        }
        assert_eq!(stream.data(), ["15", "23"]);
    }
}

#[test]
fn selectors_of_private_updates() {
    let talk = guarded(Rights::to_read());
    let templates = sign("JWT", &plain(NOTHING, &["books/{id}"]));
    let mut claims = details(NOTHING, &["x"]);
    claims["authorization_details"][0]["topics"] =
        json!([{ "match": "/books/:id", "match_type": "urlpattern" }]);
    let patterns = sign("at+jwt", &claims);
    let mut old = subscribe(&talk, "topic=*", &bearer(&templates));
    let mut new = subscribe(&talk, "match=*", &bearer(&patterns));
    for topic in ["books/1", "/books/2", "films/3"] {
        publish(&talk, format!("private&topic={topic}&data={topic}"));
    }
    assert_eq!(old.data(), ["books/1"]);
    assert_eq!(new.data(), ["/books/2"]);
}
