//! Tokens in cookies, which browsers add to requests by themselves, also to those of other sites' pages.

use super::*;

const OLD: &str = "mercureAuthorization";
const NEW: &str = "__Secure-mercure_access_token";

fn posts(talk: &Talk, fields: &str) -> Reply {
    ask(&mut talk.another(), update(fields, "topic=a&data=x"))
}

#[track_caller]
fn is_foreign(reply: &Reply) {
    assert_eq!(reply.status, 403, "{reply:?}");
    assert!(reply.body.contains("a page of another origin"), "{reply:?}");
}

#[test]
fn cookies_of_both_drafts() {
    let [token, access_token] = tokens(NOTHING, &["a"]);
    let other = sign("JWT", &plain(NOTHING, &["b"]));
    for (cookies, expect) in [
        (format!("{OLD}={token}"), true),
        (format!("{NEW}={access_token}"), true),
        (format!("{NEW}={token}"), true),
        (format!("a=b; {OLD}={token}; c=d"), true),
        (format!("a=b;{OLD}=\"{token}\""), true),
        (format!("{OLD}={other}; {NEW}={token}"), true),
        (format!("{NEW}={other}; {OLD}={token}"), false),
        (format!("x{OLD}={token}"), false),
        (format!("{}={token}", OLD.to_lowercase()), false),
        (format!("{OLD}="), false),
    ] {
        let talk = guarded(Rights::to_read());
        let mut stream = subscribe(&talk, "topic=a", &format!("Cookie: {cookies}\r\n"));
        publish(&talk, "topic=a&private&data=secret");
        assert_eq!(stream.data() == ["secret"], expect, "{cookies}");
    }
}

#[test]
fn a_wrong_cookie_is_not_passed_over() {
    let token = sign("JWT", &plain(ANYTHING, ANYTHING));
    for name in [OLD, NEW] {
        let mut talk = guarded(Rights::to_read());
        let fields = format!("Cookie: {name}={token}A\r\n");
        let reply = ask(
            &mut talk,
            request("GET", &format!("{HUB}?topic=a"), &fields),
        );
        challenged(&reply, 401, Some("invalid_token"));
    }
}

#[test]
fn a_publisher_by_cookie_comes_from_a_page_of_the_hub_or_of_a_friend() {
    let token = sign("JWT", &plain(ANYTHING, NOTHING));
    for name in [OLD, NEW] {
        let talk = guarded(Rights::to_read());
        let by = |fields: &str| posts(&talk, &format!("Cookie: {name}={token}\r\n{fields}"));
        for fields in [
            "Origin: http://h\r\n",
            "Origin: https://H\r\n",
            "Origin: https://friend.example\r\n",
            "Referer: https://friend.example/a/page?x\r\n",
            "Referer: http://h/\r\n",
            "Sec-Fetch-Site: same-origin\r\n",
        ] {
            assert_eq!(by(fields).status, 200, "{fields}");
        }
        for fields in [
            "",
            "Origin: null\r\n",
            "Origin: https://evil.example\r\n",
            "Origin: http://h.evil.example\r\n",
            "Origin: http://h:81\r\n",
            "Origin: https://friend.example.evil.example\r\n",
            "Origin: http://friend.example\r\n",
            "Origin: https://evil.example\r\nReferer: http://h/\r\n",
            "Referer: https://evil.example/http://h/\r\n",
            "Referer: https://evil.example?://h/\r\n",
            "Referer: h\r\n",
            "Referer: \r\n",
            "Sec-Fetch-Site: cross-site\r\nOrigin: https://evil.example\r\n",
            "Sec-Fetch-Site: same-site\r\n",
        ] {
            is_foreign(&by(fields));
        }
        assert_eq!(talk.said().len(), 6);
    }
}

/// Anyone at all may call, but not with somebody's cookie.
#[test]
fn every_origin_is_not_a_friend() {
    let keys = Keys::from_secret(SECRET.as_bytes()).unwrap();
    let auth = Auth::new(Rights::to_read()).with_authority(Authority::new(keys));
    let talk = Talk::with(
        HttpConfig::default()
            .auth(Arc::new(auth))
            .cors_origins(vec!["*".parse().unwrap()]),
    );
    let token = sign("JWT", &plain(ANYTHING, NOTHING));
    let origin = "Origin: https://evil.example\r\n";
    is_foreign(&posts(&talk, &format!("Cookie: {OLD}={token}\r\n{origin}")));
    assert_eq!(posts(&talk, &(bearer(&token) + origin)).status, 200);
}

/// No page can add this field by itself; and a backend says nothing of where it comes from.
#[test]
fn a_publisher_by_field_comes_from_anywhere() {
    let token = sign("JWT", &plain(ANYTHING, NOTHING));
    let talk = guarded(Rights::to_read());
    for fields in [
        "",
        "Origin: https://evil.example\r\n",
        "Referer: https://evil.example/\r\n",
    ] {
        let cookie = format!("Cookie: {OLD}=wrong\r\n");
        assert_eq!(
            posts(&talk, &(bearer(&token) + fields + &cookie)).status,
            200
        );
    }
}

/// Where everyone on this machine may publish, a foreign page in its browser may not.
#[test]
fn a_page_without_a_cookie_is_asked_for_its_origin_too() {
    let talk = open();
    assert_eq!(posts(&talk, "").status, 200);
    is_foreign(&posts(&talk, "Origin: https://evil.example\r\n"));
    assert_eq!(posts(&talk, &format!("Origin: {FRIEND}\r\n")).status, 200);
}
