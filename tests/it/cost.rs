//! What selectors may cost, and that nobody else waits for what they do.

use std::task::{Context, Waker};

use futures_lite::future::block_on;
use ssehub::auth::ApiKeys;
use ssehub::store::{Budget, Page};
use ssehub::topic::{SELECTORS_COST, TEMPLATE_VARIABLES, TooCostly};
use ssehub::{EventId, HubConfig, Interest, Next, Reading, Selector, Start, Subscription, Topic};

use crate::events::{ask, get, refused, request};
use crate::world::World;

const WIDE: Budget = Budget {
    events: usize::MAX,
    bytes: usize::MAX,
};

/// Events that are compared with patterns in one turn, whatever the patterns.
const LOOKED_AT: usize = 1_024;

/// Steps in one turn, each a variable of a template.
const STEPS: usize = 4_000;

/// A template with so many variables that matches no topic of these tests.
fn costly(variables: usize, name: usize) -> String {
    format!("{}~{name}", "{+x}".repeat(32)).replacen(
        "{+x}",
        &format!("{{+x{}}}", ",x".repeat(variables - 32)),
        1,
    )
}

/// As costly as a subscriber may be: its templates are compared with every topic, in vain.
fn most_costly() -> Interest {
    let whole = SELECTORS_COST / TEMPLATE_VARIABLES;
    let texts = (0..whole).map(|name| costly(TEMPLATE_VARIABLES, name));
    let selectors = texts.map(|text| Selector::parse(&text).unwrap());
    let interest = Interest::any(selectors);
    assert_eq!(interest.check_cost(), Ok(()));
    interest
}

fn all() -> Interest {
    Interest::any([Selector::All])
}

/// A world with so many events, each on a topic of its own.
fn full(events: u32) -> World {
    let world = World::new(HubConfig::default());
    for number in 0..events {
        world.publish(&format!("orders/{number}"), "x");
        if number % 500 == 0 {
            world.settle();
        }
    }
    world.settle();
    world
}

/// How often a subscription lets others run before it has something, or has read everything.
fn turns(subscription: &mut Subscription) -> (usize, Option<Next>) {
    let mut turns = 0;
    let mut catching_up = std::pin::pin!(subscription.catch_up());
    loop {
        let polled = catching_up
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        if let std::task::Poll::Ready(next) = polled {
            return (turns, next);
        }
        turns += 1;
    }
}

fn count(world: &World, after: EventId, upto: EventId) -> usize {
    let page: Page = block_on(world.hub.log().read(after, &all(), WIDE)).unwrap();
    page.events
        .iter()
        .filter(|event| event.id() <= upto)
        .count()
}

#[test]
fn one_read_compares_a_bounded_number_of_topics() {
    let world = full(5_000);
    let log = world.hub.log();
    let cheap = Interest::any([Selector::parse("none/{x}").unwrap()]);
    for (interest, most) in [(cheap, LOOKED_AT), (most_costly(), STEPS / 900 + 1)] {
        let mut after = log.kept_after();
        for _ in 0..3 {
            let page = block_on(log.read(after, &interest, WIDE)).unwrap();
            let looked_at = count(&world, after, page.upto);
            assert!((1..=most).contains(&looked_at), "{looked_at} of {most}");
            let latest = block_on(log.read_latest(after, &interest, WIDE)).unwrap();
            assert_eq!(latest.upto, page.upto);
            after = page.upto;
        }
    }
}

#[test]
fn one_that_looks_through_the_log_lets_others_run() {
    let world = full(5_000);
    for reading in [false, true] {
        let reading = Reading::default().latest(reading);
        let subscribe = |interest| world.hub.subscribe_with(interest, Start::Earliest, reading);
        let (turns, next) = turns(&mut subscribe(most_costly()));
        assert!(next.is_none());
        assert!((1_000..=5_000).contains(&turns), "{turns}");
    }
    let template = Interest::any([Selector::parse("none/{x}").unwrap()]);
    let (turns, next) = turns(&mut world.hub.subscribe(template, Start::Earliest));
    assert!(next.is_none());
    assert!((4..=10).contains(&turns), "{turns}");
}

/// Each of these events once stood for a walk over all of them.
#[test]
fn ended_and_private_and_shared_topics_are_looked_at_once() {
    let world = World::new(HubConfig::default());
    for number in 0..6_000_u32 {
        let topic = |name: &str| Topic::parse(name).unwrap();
        let draft = match number % 3 {
            0 => ssehub::Draft::end(topic(&format!("race/{number}"))),
            1 => ssehub::Draft::new(topic("chat"), "x").private(true),
            _ => ssehub::Draft::new(topic(&format!("{number}")), "x")
                .alternates([topic("shared")])
                .unwrap(),
        };
        block_on(world.hub.publish(draft)).unwrap();
        if number % 500 == 0 {
            world.settle();
        }
    }
    world.settle();
    let reading = Reading::default().latest(true);
    for text in ["*", "{+x}"] {
        let interest = Interest::any([Selector::parse(text).unwrap()]);
        let mut reader = world.hub.subscribe_with(interest, Start::Earliest, reading);
        let (turns, next) = turns(&mut reader);
        let Some(Next::Events(events)) = next else {
            panic!("{text}: {next:?}");
        };
        assert_eq!(events.len(), 2_000, "{text}");
        assert!(turns <= 6_000 / LOOKED_AT + 1, "{text}: {turns}");
    }
    let names = ["chat", "shared", "race/0"].map(|name| Selector::parse(name).unwrap());
    let mut reader = world
        .hub
        .subscribe_with(Interest::any(names), Start::Earliest, reading);
    let (turns, next) = turns(&mut reader);
    let Some(Next::Events(events)) = next else {
        panic!("{next:?}");
    };
    assert_eq!(events.len(), 1);
    assert!(turns <= 6_000 / LOOKED_AT + 1, "{turns}");
}

/// Turns that the pump takes for a hundred events on as many topics, with subscribers who ask for this.
fn pump_turns(interests: Vec<Interest>) -> usize {
    let world = World::new(HubConfig::default());
    let subscribe = |interest| world.hub.subscribe(interest, Start::Now);
    let mut readers: Vec<_> = interests.into_iter().map(subscribe).collect();
    for reader in &mut readers {
        let next = block_on(futures_lite::future::poll_once(reader.next()));
        assert!(next.is_none());
    }
    world.settle();
    for number in 0..100 {
        world.publish(&format!("orders/{number}"), "x");
    }
    let mut turns = 0;
    while world.tasks.try_tick() {
        turns += 1;
    }
    turns
}

#[test]
fn the_pump_lets_others_run_while_it_compares() {
    let none = pump_turns(Vec::new());
    let one = pump_turns(vec![most_costly()]);
    let least = 100 * 900 / STEPS;
    assert!(one - none >= least, "{one} of {none}");
}

#[test]
fn subscribers_who_ask_the_same_cost_no_more_than_one() {
    let one = pump_turns(vec![most_costly()]);
    let many = pump_turns((0..50).map(|_| most_costly()).collect());
    assert!(many <= one + 5, "{many} for {one}");
    let others = |number: usize| {
        let texts = (0..15).map(|name| costly(TEMPLATE_VARIABLES, 1_000 * number + name));
        Interest::any(texts.map(|text| Selector::parse(&text).unwrap()))
    };
    let different = pump_turns((1..5).map(others).collect());
    assert!(different > 3 * one, "{different} for {one}");
}

#[test]
fn what_is_too_costly_is_refused_wherever_one_subscribes() {
    let sentence = |cost: usize| TooCostly::Variables(cost).to_string();
    let query = |name: &str, templates: usize| {
        let texts = (0..templates).map(|number| format!("{name}={{a,b,c,d}}/{number}"));
        texts.collect::<Vec<_>>().join("&")
    };
    // A hundred topics are the most that these endpoints take.
    let long = |count: usize| {
        let texts = (0..count).map(|number| format!("topic={{a:3,b:3}}{number}"));
        texts.collect::<Vec<_>>().join("&")
    };
    for path in ["/events", "/sse"] {
        let user = if path == "/sse" { "user=ann&" } else { "" };
        refused(
            get(&format!("{path}?{user}{}", long(63))),
            400,
            &sentence(1_008),
        );
        let poll = format!("{path}?{user}format=poll&wait=0&{}", long(62));
        assert_eq!(ask(&mut crate::talk::Talk::new(), get(&poll)).status, 200);
    }
    let hub = "/.well-known/mercure";
    let body = query("topic", 251);
    let fields = format!(
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
        body.len()
    );
    refused(
        request("QUERY", hub, &fields) + &body,
        400,
        &sentence(1_004),
    );
    // What comes behind is not even looked at.
    let more = format!("{body}&topic=%00");
    let fields = fields.replace(&body.len().to_string(), &more.len().to_string());
    refused(
        request("QUERY", hub, &fields) + &more,
        400,
        &sentence(1_004),
    );
    let wide = (0..16).map(|number| format!("topic={{{}}}{number}", ["x"; 64].join(",")));
    let wide = wide.collect::<Vec<_>>().join("&");
    refused(get(&format!("{hub}?{wide}")), 400, &sentence(1_024));
}

#[test]
fn what_a_key_grants_has_the_same_bound() {
    let line = |variables: usize| {
        let digest = "0".repeat(64);
        let text = format!("{{{}}}", vec!["x"; 50].join(","));
        let texts: Vec<_> = (0..variables / 50)
            .map(|number| format!("{text}/{number}"))
            .collect();
        let texts = serde_json::to_string(&texts).unwrap();
        format!(r#"{{"name":"shop","sha256":"{digest}","subscribe":{texts}}}"#)
    };
    assert_eq!(ApiKeys::parse(&line(1_000)).unwrap().count(), 1);
    let invalid = ApiKeys::parse(&line(1_050)).unwrap_err();
    assert_eq!(
        (invalid.line, invalid.what),
        (1, TooCostly::Variables(1_050).to_string())
    );
}

/// Many names are found one by one, with patterns beside them or not, and each counts once.
#[test]
fn many_selectors_match_as_each_of_them_does() {
    let mut chance = fastrand::Rng::with_seed(1);
    for _ in 0..300 {
        let count = chance.usize(0..40);
        let texts = (0..count).map(|_| match chance.u8(..10) {
            0 => format!("{}/{{x}}", chance.u8(..8)),
            1 => format!("{{x}}/{}", chance.u8(..8)),
            _ => format!("{}/{}", chance.u8(..8), chance.u8(..8)),
        });
        let selectors: Vec<_> = texts.map(|text| Selector::parse(&text).unwrap()).collect();
        let mut each: Vec<Selector> = Vec::new();
        for selector in &selectors {
            if !each.contains(selector) {
                each.push(selector.clone());
            }
        }
        let interest = Interest::any(selectors);
        assert_eq!(interest.selectors(), each);
        let private = Interest::any([Selector::All]).and_private(each.clone().into());
        for (one, other) in (0..8).flat_map(|one| (0..8).map(move |other| (one, other))) {
            let topic = Topic::parse(&format!("{one}/{other}")).unwrap();
            let expected = each.iter().any(|selector| selector.matches(&topic));
            assert_eq!(interest.matches(&topic), expected, "{topic} by {each:?}");
            let draft = ssehub::Draft::new(topic, "x").private(true);
            let event = ssehub::Event::new(EventId::ZERO, draft);
            assert_eq!(event.is_for(&private), expected);
        }
    }
}
