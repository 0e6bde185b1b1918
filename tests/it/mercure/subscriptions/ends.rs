//! When a subscription is over: whatever ends its connection.

use super::*;

/// Asserts that both updates of the end have been told, and that nobody is listed any more.
#[track_caller]
fn is_told_to_have_ended(talk: &Talk) {
    talk.world.settle();
    let expect = ["begins /a", "begins /exact/a", "ends /a", "ends /exact/a"];
    assert_eq!(outline(&told(talk)), expect);
    assert!(roster(talk).snapshot().is_empty());
}

#[test]
fn its_client_goes() {
    let talk = telling();
    let stream = subscribe(&talk, "topic=a", "");
    stream.talk.finish();
    is_told_to_have_ended(&talk);
}

/// Also while its task has its stream, and not the pump.
#[test]
fn its_client_goes_while_it_is_behind() {
    let talk = telling();
    let mut stream = subscribe(&talk, "topic=a", "");
    for number in 0..200 {
        talk.world
            .publish("a", &format!("{number} {}", "x".repeat(100)));
        talk.world.settle();
    }
    stream.talk.sip();
    drop(stream.talk.pipe);
    talk.world.settle();
    assert!(stream.talk.serving.is_finished());
    is_told_to_have_ended(&talk);
}

#[test]
fn its_token_ends() {
    let talk = telling();
    let mut claims = plain(NOTHING, NOTHING);
    claims["exp"] = json!(61);
    let mut stream = subscribe(&talk, "topic=a", &bearer(&sign("JWT", &claims)));
    talk.world.pass(59 * SECOND);
    assert_eq!(told(&talk).len(), 2);
    talk.world.pass(SECOND);
    stream.read();
    assert!(stream.talk.ended);
    is_told_to_have_ended(&talk);
}

#[test]
fn its_life_is_over() {
    let (talk, pump) = standing(HttpConfig::default().stream_life(100 * SECOND));
    talk.world.tasks.spawn(pump.run()).detach();
    let _stream = subscribe(&talk, "topic=a", "");
    talk.world.pass(101 * SECOND);
    is_told_to_have_ended(&talk);
}

#[test]
fn its_topic_ends() {
    let talk = telling();
    let mut stream = subscribe(&talk, "topic=a", "");
    talk.world.end("a");
    stream.read();
    assert!(stream.talk.ended);
    is_told_to_have_ended(&talk);
}

/// Whoever is served no more, because its future is dropped.
#[test]
fn its_task_is_dropped() {
    let talk = telling();
    let stream = subscribe(&talk, "topic=a", "");
    drop(stream.talk.serving);
    is_told_to_have_ended(&talk);
}

/// Before the hub closes, all are told to have ended, and those who are there hear it.
#[test]
fn the_roster_closes() {
    let talk = telling();
    let mut watch = subscribe(
        &talk,
        "topic=/.well-known/mercure/subscriptions{/x}{/y}",
        &knowing(),
    );
    let first = subscribe(&talk, "topic=a", "");
    watch.read();
    let handle = roster(&talk).clone();
    let closing = talk.world.spawn(async move { handle.close().await });
    assert!(closing.is_finished());
    let data = watch.data();
    assert_eq!(data.len(), 2, "{data:?}");
    assert!(
        data.iter().all(|it| it.contains(r#""active":false"#)),
        "{data:?}"
    );
    assert!(roster(&talk).snapshot().is_empty());
    let count = told(&talk).len();
    // Whoever comes now is served, until the hub closes, and not told of.
    subscribe(&talk, "topic=b", "").talk.finish();
    first.talk.finish();
    talk.world.settle();
    assert_eq!(told(&talk).len(), count);
    talk.site.close();
    watch.read();
    assert!(watch.talk.ended);
}

/// A hub that closes without that cannot tell it any more, and nobody waits for it.
#[test]
fn the_hub_closes_at_once() {
    let talk = telling();
    let mut stream = subscribe(&talk, "topic=a", "");
    talk.site.close();
    stream.read();
    assert!(stream.talk.ended);
    talk.world.settle();
    assert_eq!(told(&talk).len(), 2);
    let handle = roster(&talk).clone();
    assert!(
        talk.world
            .spawn(async move { handle.close().await })
            .is_finished()
    );
}
