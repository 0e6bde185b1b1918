//! Active subscriptions: what is told of them, and how they are listed.

mod bounds;
mod ends;
mod list;
mod nodes;
mod told;

use std::rc::Rc;
use std::time::Duration;

use smol::LocalExecutor;
use ssehub::http::Site;
use ssehub::{Clock, Hub, HubConfig, Log, LogConfig, Pump, Roster};

use super::*;
use crate::world::World;

const LIST: &str = "/.well-known/mercure/subscriptions";
const SECOND: Duration = Duration::from_secs(1);

/// A hub that tells who is subscribed, and lets everyone read what is public.
fn telling() -> Talk {
    let (talk, pump) = standing(HttpConfig::default());
    talk.world.tasks.spawn(pump.run()).detach();
    talk
}

/// The same, but nothing is delivered before its pump runs.
fn standing(config: HttpConfig) -> (Talk, Pump) {
    let log = Log::memory(LogConfig::default(), Clock::manual(1_000));
    standing_over(log, config)
}

fn standing_over(log: Log, config: HttpConfig) -> (Talk, Pump) {
    let config_of_hub = HubConfig::default().seed(1);
    let (hub, pump) = Hub::new(log, config_of_hub);
    let (roster, announcer) = Roster::new(hub.clone());
    let world = World {
        clock: hub.clock().clone(),
        hub: hub.clone(),
        tasks: LocalExecutor::new(),
    };
    world.tasks.spawn(announcer.run()).detach();
    let details = Details::new(ISSUER.to_owned(), RESOURCE.to_owned());
    let keys = Keys::from_secret(SECRET.as_bytes()).unwrap();
    let authority = Authority::new(keys).with_details(Some(details));
    let http = config
        .auth(Arc::new(
            Auth::new(Rights::to_read()).with_authority(authority),
        ))
        .public_url(Some("https://hub.example".to_owned()))
        .cors_origins(vec![FRIEND.parse().unwrap()])
        .roster(Some(roster));
    let talk = Talk::in_world(Rc::new(world), Arc::new(Site::new(hub, http)));
    (talk, pump)
}

fn roster(talk: &Talk) -> &Roster {
    talk.site.roster().unwrap()
}

/// The field by which somebody may see everything.
fn knowing() -> String {
    bearer(&sign("JWT", &plain(NOTHING, ANYTHING)))
}

/// What the log tells of subscriptions.
fn told(talk: &Talk) -> Vec<Value> {
    let events = talk.events();
    let own = events
        .iter()
        .filter(|it| it.topic().as_str().starts_with(LIST));
    own.map(|it| serde_json::from_str(it.data()).unwrap())
        .collect()
}

/// Each of these as `begins` or `ends`, and its path up to the subscriber.
fn outline(told: &[Value]) -> Vec<String> {
    let line = |it: &Value| {
        let id = it["id"].as_str().unwrap();
        let (path, _) = id.rsplit_once('/').unwrap();
        let verb = if it["active"] == true {
            "begins"
        } else {
            "ends"
        };
        format!("{verb} {}", path.strip_prefix(LIST).unwrap())
    };
    told.iter().map(line).collect()
}

/// The id of the subscriber that the log has told of last.
fn newest(talk: &Talk) -> String {
    let told = told(talk);
    told.last().unwrap()["subscriber"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn json(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

fn look(talk: &Talk, path: &str, fields: &str) -> Reply {
    let target = format!("{LIST}{path}");
    ask(&mut talk.another(), request("GET", &target, fields))
}

/// Percent-encoded, once.
fn encoded(text: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let byte = |byte: u8| match is_plain(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
