//! What a grant lets do.

use super::*;

fn everyone(publish: &[&str], read: &[&str]) -> Rights {
    Rights {
        publish: interest(publish),
        read: interest(read),
    }
}

#[test]
fn everything_and_nothing() {
    let (all, none) = (Grant::everything(), Grant::nothing());
    let topic = topic("a");
    assert!(
        all.may_publish(&topic)
            && all.may_read(&topic)
            && all.may_read_private(&topic)
            && all.may_read_all()
    );
    assert!(
        !none.may_publish(&topic)
            && !none.may_read(&topic)
            && !none.may_read_private(&topic)
            && !none.may_read_all()
    );
    assert!(!all.is_anonymous() && !all.is_over(u64::MAX));
}

#[test]
fn without_a_credential() {
    let auth = Auth::new(everyone(&["p"], &["r"]));
    let grant = auth.grant(None, NOW_MS).unwrap();
    assert!(grant.is_anonymous());
    assert!(grant.may_publish(&topic("p")) && !grant.may_publish(&topic("r")));
    assert!(grant.may_read(&topic("r")) && !grant.may_read(&topic("p")));
    // It takes a credential to read what is private.
    assert!(!grant.may_read_private(&topic("r")));
    assert_eq!(grant.check_publish([&topic("p")]), Ok(()));
    let refusal = grant.check_publish([&topic("p"), &topic("q")]).unwrap_err();
    assert_eq!((refusal.status(), refusal.code()), (401, None));
    assert_eq!(grant.check_read([&topic("p")]), Err(Refusal::Missing));
    assert!(Auth::open().grant(None, 0).unwrap().may_read_all());
    assert!(
        Auth::new(Rights::to_read())
            .grant(None, 0)
            .unwrap()
            .may_read_all()
    );
    assert!(
        !Auth::new(Rights::to_read())
            .grant(None, 0)
            .unwrap()
            .may_publish(&topic("a"))
    );
}

/// A credential takes no right away that everyone has.
#[test]
fn beside_what_everyone_may() {
    let auth = Auth::new(everyone(&["p"], &["r"])).with_authority(by_secret());
    let token = plain(&json!({ "mercure": { "publish": ["mine"], "subscribe": ["mine"] } }));
    for _ in ["verified", "remembered"] {
        let grant = auth.grant(Some(&token), NOW_MS).unwrap();
        assert!(!grant.is_anonymous());
        assert_eq!(grant.check_publish([&topic("p"), &topic("mine")]), Ok(()));
        assert_eq!(grant.check_read([&topic("r"), &topic("mine")]), Ok(()));
        assert!(grant.may_read_private(&topic("mine")) && !grant.may_read_private(&topic("r")));
        let refusal = grant
            .check_publish([&topic("mine"), &topic("q")])
            .unwrap_err();
        assert_eq!(
            (refusal.status(), refusal.code()),
            (403, Some("insufficient_scope"))
        );
    }
    // A bad credential is not taken for none.
    assert_eq!(
        refused(&auth, &plain(&json!({ "exp": 1 }))),
        Reason::Expired
    );
}

#[test]
fn a_grant_ends() {
    let grant = Grant::everything().until(NOW_MS).subject_is("ann");
    assert_eq!(
        (grant.until_ms(), grant.subject()),
        (Some(NOW_MS), Some("ann"))
    );
    assert!(!grant.is_over(NOW_MS - 1) && grant.is_over(NOW_MS));
}

#[test]
fn the_authorization_field() {
    use ssehub::auth::bearer;
    for field in ["Bearer abc", "bearer abc", "BEARER  abc"] {
        assert_eq!(bearer(field), Ok(Some("abc")), "{field}");
    }
    for field in ["", "abc", "Bearer", "Bearerabc", "Bearer\tabc"] {
        let refusal = bearer(field).unwrap_err();
        assert_eq!(
            (refusal.status(), refusal.code()),
            (400, Some("invalid_request")),
            "{field}"
        );
    }
    for field in ["Basic abc", "Digest username=\"a\"", " Bearer abc"] {
        assert_eq!(bearer(field), Ok(None), "{field}");
    }
}
