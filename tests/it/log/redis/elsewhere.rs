//! The log is not where one asks first: sentinels say where, and nodes of a cluster.

use ssehub::store::RedisSettings;
use ssehub::{HubConfig, LogConfig};

use super::server::free_port;
use super::{Link, Node, Server, draft, wait_until};

fn node(url: &str) -> Node {
    let settings = RedisSettings::parse(url).unwrap();
    let link = Link::with(settings.prefix("p").unwrap());
    Node::over(link, LogConfig::default(), HubConfig::default())
}

/// Sentinels say where the primary is. When another takes over, the hub goes there, and nothing is missing.
#[test]
fn a_primary_is_followed_when_sentinels_name_another() {
    let (first, first_port) = Server::with_port(&[]);
    let first_text = first_port.to_string();
    let (second, second_port) = Server::with_port(&["--replicaof", "127.0.0.1", &first_text]);
    let (sentinel, port) = Server::sentinel(first_port);
    wait_until("the replica is up to date", || {
        second.says(&["INFO", "replication"], "master_link_status:up")
    });
    // Nobody is at the first address.
    let nobody = free_port();
    let mut node = node(&format!(
        "redis+sentinel://127.0.0.1:{nobody},127.0.0.1:{port}/main"
    ));
    let zero = node.say("0");
    assert!(first.says(&["INFO", "replication"], "role:master"));
    wait_until("the replica has it", || {
        second
            .try_to_ask(&["EXISTS", "{p}:log"])
            .is_ok_and(|it| it == redis::Value::Int(1))
    });
    wait_until("the sentinel lets the replica take over", || {
        sentinel
            .try_to_ask(&["SENTINEL", "FAILOVER", "main"])
            .is_ok()
    });
    wait_until("the first has stepped down", || {
        first.says(&["INFO", "replication"], "role:slave")
    });
    wait_until("the hub publishes again", || {
        node.publish(draft("t", "1")).is_ok()
    });
    node.hear("1", |heard| heard.last().is_some_and(|it| it == "1"));
    assert_eq!(node.heard, ["0", "1"]);
    assert_eq!(node.resume(&zero.to_string()), ["1"]);
    let primary = sentinel.ask("SENTINEL GET-MASTER-ADDR-BY-NAME main");
    assert!(format!("{primary:?}").contains(&second_port.to_string()));
}

#[test]
fn a_primary_that_no_sentinel_knows_is_told() {
    let (_sentinel, port) = Server::sentinel(free_port());
    let url = format!("redis+sentinel://127.0.0.1:{port}/other");
    let settings = RedisSettings::parse(&url).unwrap();
    let opened = ssehub::Log::redis(settings, LogConfig::default(), ssehub::Clock::system());
    let fault = futures_lite::future::block_on(opened).unwrap_err();
    assert!(
        fault
            .to_string()
            .contains("no sentinel knows where other is"),
        "{fault}"
    );
}

/// A node of a cluster that has not got the log says who has.
#[test]
fn a_cluster_sends_the_hub_to_the_node_that_has_the_log() {
    let member = || {
        let bus = free_port().to_string();
        Server::with_port(&["--cluster-enabled", "yes", "--cluster-port", &bus])
    };
    let ((one, port), (other, other_port)) = (member(), member());
    other.ask("CLUSTER ADDSLOTSRANGE 0 16383");
    let bus = other.ask("CONFIG GET cluster-port");
    let redis::Value::Array(parts) = bus else {
        panic!("{bus:?}")
    };
    let [_, redis::Value::BulkString(bus)] = &parts[..] else {
        panic!("{parts:?}")
    };
    let bus = std::str::from_utf8(bus).unwrap();
    let meet = ["CLUSTER", "MEET", "127.0.0.1", &other_port.to_string(), bus];
    one.ask_words(&meet);
    wait_until("they know each other", || {
        one.says(&["CLUSTER", "INFO"], "cluster_state:ok")
    });
    assert!(one.try_to_ask(&["TYPE", "{p}:log"]).is_err(), "MOVED");
    let mut node = node(&format!("redis://127.0.0.1:{port}"));
    node.say("0");
    node.hear_exactly(&["0"]);
    assert_eq!(other.ask("EXISTS {p}:log"), redis::Value::Int(1));
}
