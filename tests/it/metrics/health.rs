//! Whether the server runs, and whether clients are to be sent to it.

use std::sync::Arc;

use futures_lite::future::block_on;
use ssehub::http::{HttpConfig, Site};
use ssehub::store::Durability;
use ssehub::{Clock, Draft, HubConfig, LogConfig, Retention, Topic};

use super::get;
use crate::talk::{Reply, Talk};
use crate::world::World;

fn asked(talk: &mut Talk, target: &str) -> Reply {
    talk.send(get(target));
    talk.reply().unwrap()
}

#[test]
fn a_server_that_runs_is_well_and_ready() {
    let mut talk = Talk::new();
    assert_eq!(asked(&mut talk, "/healthz").body, r#"{"status":"ok"}"#);
    assert_eq!(asked(&mut talk, "/readyz").body, r#"{"status":"ready"}"#);
}

#[test]
fn a_server_that_stops_is_well_and_not_ready() {
    let talk = Talk::new();
    let site = Arc::new(Site::admin(talk.world.hub.clone(), HttpConfig::default()));
    let mut admin = Talk::in_world(talk.world.clone(), site);
    assert_eq!(asked(&mut admin, "/readyz").status, 200);
    talk.site.close();
    assert_eq!(asked(&mut admin, "/healthz").body, r#"{"status":"ok"}"#);
    let reply = asked(&mut admin, "/readyz");
    assert_eq!(reply.status, 503);
    assert!(reply.body.contains("the server is stopping"), "{reply:?}");
}

#[test]
fn a_server_whose_log_fails_runs_and_is_not_ready() {
    let folder = crate::log::Folder::new();
    let clock = Clock::manual(1_000);
    // More than is kept in memory, so that to drop the oldest its page has to be read.
    let config = LogConfig::default().retention(Retention::default().events(250));
    let log = crate::log::open(&folder.file(), Durability::Commit, config, &clock).unwrap();
    let append = || {
        let draft = Draft::new(Topic::parse("a").unwrap(), "x".repeat(100_000));
        block_on(log.append(draft))
    };
    (0..250).for_each(|_| _ = append().unwrap());
    assert!(log.health().is_well());
    // Somebody spoils the file under an open log.
    std::fs::write(folder.file(), "no log").unwrap();
    assert!(append().is_err());
    assert!(log.faults() > 0);

    let world = World::over(log, HubConfig::default());
    let site = Arc::new(Site::new(world.hub.clone(), HttpConfig::default()));
    let mut talk = Talk::in_world(world.into(), site);
    let reply = asked(&mut talk, "/healthz");
    assert_eq!(reply.status, 200);
    assert!(reply.body.contains(r#""status":"degraded""#), "{reply:?}");
    assert!(reply.body.contains("the log cannot be used"), "{reply:?}");
    assert_eq!(asked(&mut talk, "/readyz").status, 503);
}

#[test]
fn a_server_whose_file_is_removed_says_so() {
    let folder = crate::log::Folder::new();
    let clock = Clock::manual(1_000);
    let config = LogConfig::default();
    let log = crate::log::open(&folder.file(), Durability::Commit, config, &clock).unwrap();
    let world = World::over(log, HubConfig::default());
    let site = Arc::new(Site::new(world.hub.clone(), HttpConfig::default()));
    let mut talk = Talk::in_world(world.into(), site);
    let publish = |talk: &Talk| {
        let draft = Draft::new(Topic::parse("a").unwrap(), "x");
        block_on(talk.world.hub.publish(draft))
    };
    publish(&talk).unwrap();
    assert_eq!(asked(&mut talk, "/readyz").status, 200);
    std::fs::remove_file(folder.file()).unwrap();
    let refused = publish(&talk).unwrap_err().to_string();
    assert!(refused.contains("is gone"), "{refused}");
    let reply = asked(&mut talk, "/healthz");
    assert_eq!(reply.status, 200);
    assert!(reply.body.contains(r#""status":"degraded""#), "{reply:?}");
    assert!(reply.body.contains("is gone"), "{reply:?}");
    assert_eq!(asked(&mut talk, "/readyz").status, 503);
}
