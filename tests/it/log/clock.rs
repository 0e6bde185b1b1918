//! A machine's clock that is set under a log: nothing goes too early, nothing stays for ever, nothing panics.

use std::time::Duration;

use futures_lite::future::block_on;
use ssehub::{Clock, HubConfig, LogConfig, Retention, Start};

use super::{BEGIN_MS, Folder, Store, keeping, prompt_kinds};
use crate::world::World;

const TEN_YEARS_MS: u64 = 10 * 365 * 24 * 60 * 60 * 1_000;

const AGE: Duration = Duration::from_secs(60 * 60);

fn aged() -> LogConfig {
    keeping(Retention::default().age(AGE))
}

#[test]
fn a_clock_that_is_ahead_for_two_seconds_trims_nothing_and_age_goes_on() {
    for kind in prompt_kinds() {
        let store = Store::new(kind, aged());
        let before = store.say("t", "before");
        store.pass(AGE / 4);
        let now_ms = store.clock.unix_ms();
        store.clock.set_unix_ms(now_ms + TEN_YEARS_MS);
        let ahead = store.say("t", "ahead");
        store.pass(Duration::from_secs(2));
        store.clock.set_unix_ms(now_ms + 2_000);
        store.pass(AGE / 4);
        let after = store.say("t", "after");
        assert!(before < ahead && ahead < after, "{kind:?}");
        assert_eq!(store.kept(&["t"]), ["before", "ahead", "after"], "{kind:?}");
        store.pass(AGE / 2);
        assert_eq!(store.kept(&["t"]), ["ahead", "after"], "{kind:?}");
        store.pass(AGE / 4);
        assert_eq!(store.kept(&["t"]), ["after"], "{kind:?}");
        store.pass(AGE / 2);
        assert_eq!(store.kept(&["t"]), [""; 0], "{kind:?}");
    }
}

#[test]
fn a_clock_that_goes_back_does_not_end_age() {
    for kind in prompt_kinds() {
        let store = Store::new(kind, aged());
        store.say("t", "before");
        store.clock.set_unix_ms(5);
        store.pass(AGE / 2);
        store.say("t", "after");
        store.pass(AGE / 2);
        assert_eq!(store.kept(&["t"]), ["before", "after"], "{kind:?}");
        store.pass(Duration::from_secs(1));
        assert_eq!(store.kept(&["t"]), ["after"], "{kind:?}");
        store.pass(AGE / 2);
        assert_eq!(store.kept(&["t"]), [""; 0], "{kind:?}");
    }
}

/// Nobody knows how old they are, but not older than the server's start.
#[test]
fn positions_in_the_future_are_as_old_as_the_time_since_the_log_was_opened() {
    for kind in prompt_kinds().skip(1) {
        let mut store = Store::new(kind, aged());
        store.say("t", "before");
        store.clock.set_unix_ms(BEGIN_MS + TEN_YEARS_MS);
        store.say("t", "ahead");
        store.reopen_at(BEGIN_MS + 60_000);
        store.say("t", "after");
        store.pass(AGE - Duration::from_secs(60));
        let all = ["before", "ahead", "after"];
        assert_eq!(store.kept(&["t"]), all, "{kind:?}");
        store.pass(Duration::from_millis(1));
        assert_eq!(store.kept(&["t"]), all[1..], "{kind:?}");
        store.pass(Duration::from_secs(59));
        assert_eq!(store.kept(&["t"]), all[1..], "{kind:?}");
        store.pass(Duration::from_secs(1));
        assert_eq!(store.kept(&["t"]), [""; 0], "{kind:?}");
    }
}

/// Before 1970 the clock shows zero.
#[test]
fn a_clock_that_was_never_set_is_no_reason_to_fail() {
    for kind in prompt_kinds() {
        let mut store = Store::new(kind, aged());
        (store.clock, store.folder) = (Clock::manual(0), Folder::new());
        store.open();
        let first = store.say("t", "0");
        store.pass(AGE / 2);
        store.say("t", "1");
        let world = World::over(store.log().clone(), HubConfig::default());
        let mut reader = world.subscribe("t", Start::After(first.to_string()));
        assert_eq!(reader.read(&world), ["1"], "{kind:?}");
        assert!(block_on(store.log().flush()).is_ok());
        store.pass(AGE / 2 + Duration::from_millis(1));
        assert_eq!(store.kept(&["t"]), ["1"], "{kind:?}");
    }
}
