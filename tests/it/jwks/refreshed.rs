//! When keys are fetched, and what becomes of those that are known.

use std::sync::Arc;

use ssehub::auth::{Auth, Authority, Keys, Reason, Refusal, Rights};
use ssehub::jwks::{FETCH_PAUSE, RETRY_PAUSE};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Turns that others get before it is said that nothing will happen, or that it is too late.
const TURNS: u32 = 200;
const MOST_TURNS: u32 = 1_000_000;

/// A hub's access control, and the server that it has its keys from.
struct World {
    auth: Arc<Auth>,
    server: Server,
    jwks: Jwks,
}

impl World {
    fn new() -> World {
        let server = Server::plain();
        let jwks = jwks(&format!("http://127.0.0.1:{}/", server.port()));
        let authority = Authority::new(Keys::none()).with_bell(jwks.bell.clone());
        World {
            auth: Arc::new(Auth::new(Rights::nothing()).with_authority(authority)),
            server,
            jwks,
        }
    }

    /// Plays a story while keys are kept.
    fn run(&self, story: impl Future<Output = ()>) {
        let keeping = async {
            self.jwks.clone().keep(&self.auth, 0).await;
            unreachable!("keys are kept for ever");
        };
        // Keeping first, so that it sees what the story did before the story goes on.
        block_on(keeping.or(story));
    }

    fn check(&self, issuer: &Issuer) -> Result<(), Reason> {
        match self.auth.grant(Some(&issuer.token()), 1_000) {
            Ok(_) => Ok(()),
            Err(Refusal::Invalid(reason)) => Err(reason),
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Publishes these keys to whoever asks next.
    async fn publish(&self, issuers: &[&Issuer]) {
        let keys: Vec<_> = issuers.iter().map(|issuer| issuer.jwk()).collect();
        answer(&self.server, &ok(&set(&keys))).await;
    }

    /// Waits until tokens of an issuer are taken.
    async fn takes(&self, issuer: &Issuer) {
        for _ in 0..MOST_TURNS {
            if self.check(issuer).is_ok() {
                // Tokens that were tried too early have rung.
                self.jwks.bell.hush();
                return;
            }
            future::yield_now().await;
        }
        panic!("the keys do not arrive");
    }

    /// Lets time pass, in which nobody asks for keys.
    async fn nobody_asks(&self, time: Duration) {
        self.jwks.clock.advance(time);
        for _ in 0..TURNS {
            future::yield_now().await;
        }
        assert!(!self.server.is_asked(), "somebody asks for keys");
    }

    fn pass(&self, time: Duration) {
        self.jwks.clock.advance(time);
    }

    /// Waits until whoever asks has been told that there is nothing, and is asleep again.
    async fn fail(&self) {
        answer(&self.server, "HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n").await;
        for _ in 0..TURNS {
            future::yield_now().await;
        }
    }
}

#[test]
fn tokens_are_refused_until_there_are_keys() {
    let (world, issuer) = (World::new(), Issuer::new("a"));
    assert_eq!(world.check(&issuer), Err(Reason::UnknownKey));
    world.run(async {
        world.publish(&[&issuer]).await;
        world.takes(&issuer).await;
        assert_eq!(world.check(&Issuer::new("a")), Err(Reason::Signature));
    });
}

#[test]
fn keys_are_fetched_from_time_to_time() {
    let (world, old, new) = (World::new(), Issuer::new("old"), Issuer::new("new"));
    world.run(async {
        world.publish(&[&old]).await;
        world.takes(&old).await;
        world.nobody_asks(FETCH_PAUSE).await;
        world.nobody_asks(REFRESH - FETCH_PAUSE - SECOND).await;
        world.pass(SECOND);
        world.publish(&[&new]).await;
        world.takes(&new).await;
        assert_eq!(world.check(&old), Err(Reason::UnknownKey));
    });
}

#[test]
fn a_key_that_is_not_known_is_fetched() {
    let (world, old, new) = (World::new(), Issuer::new("old"), Issuer::new("new"));
    world.run(async {
        world.publish(&[&old]).await;
        world.takes(&old).await;
        world.nobody_asks(FETCH_PAUSE).await;
        assert_eq!(world.check(&new), Err(Reason::UnknownKey));
        world.publish(&[&old, &new]).await;
        world.takes(&new).await;
        assert_eq!(world.check(&old), Ok(()));
    });
}

#[test]
fn strangers_do_not_make_the_hub_ask_all_the_time() {
    let (world, issuer) = (World::new(), Issuer::new("a"));
    world.run(async {
        world.publish(&[&issuer]).await;
        world.takes(&issuer).await;
        for _ in 0..3 {
            for name in ["b", "c", "d"] {
                assert_eq!(world.check(&Issuer::new(name)), Err(Reason::UnknownKey));
            }
            world.nobody_asks(FETCH_PAUSE - SECOND).await;
            world.pass(SECOND);
            world.publish(&[&issuer]).await;
            for _ in 0..TURNS {
                future::yield_now().await;
            }
        }
        // A known name with a wrong signature is no reason to ask.
        world.nobody_asks(FETCH_PAUSE).await;
        assert_eq!(world.check(&Issuer::new("a")), Err(Reason::Signature));
        world.nobody_asks(SECOND).await;
    });
}

#[test]
fn keys_stay_when_others_cannot_be_had() {
    let (world, issuer) = (World::new(), Issuer::new("a"));
    world.run(async {
        world.publish(&[&issuer]).await;
        world.takes(&issuer).await;
        for says in [
            "HTTP/1.1 500 No\r\n\r\n",
            &ok("nonsense"),
            &ok(&set(&[])),
            "",
        ] {
            world.nobody_asks(FETCH_PAUSE - SECOND).await;
            world.jwks.bell.ring();
            world.pass(SECOND);
            answer(&world.server, says).await;
            for _ in 0..TURNS {
                future::yield_now().await;
            }
            assert_eq!(world.check(&issuer), Ok(()));
        }
    });
}

#[test]
fn a_server_that_is_down_is_asked_less_and_less() {
    let (world, issuer) = (World::new(), Issuer::new("a"));
    world.run(async {
        let mut pause = FETCH_PAUSE;
        for _ in 0..8 {
            world.fail().await;
            world.nobody_asks(FETCH_PAUSE - SECOND).await;
            // The second of two sleeps begins when the first one ends.
            if pause > FETCH_PAUSE {
                world.nobody_asks(SECOND).await;
                world.nobody_asks(pause - FETCH_PAUSE - SECOND).await;
            }
            world.pass(SECOND);
            pause = (2 * pause).min(RETRY_PAUSE);
        }
        assert_eq!(pause, RETRY_PAUSE);
        world.publish(&[&issuer]).await;
        world.takes(&issuer).await;
        world.nobody_asks(FETCH_PAUSE).await;
        world.nobody_asks(REFRESH - FETCH_PAUSE - SECOND).await;
    });
}

#[test]
fn a_token_is_a_reason_to_ask_a_server_again_that_was_down() {
    let (world, issuer) = (World::new(), Issuer::new("a"));
    world.run(async {
        for _ in 0..6 {
            world.fail().await;
            world.nobody_asks(FETCH_PAUSE - SECOND).await;
            assert_eq!(world.check(&issuer), Err(Reason::UnknownKey));
            world.pass(SECOND);
        }
        world.publish(&[&issuer]).await;
        world.takes(&issuer).await;
    });
}
