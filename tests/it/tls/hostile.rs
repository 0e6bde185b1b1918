//! Clients that do not shake hands as they should.

use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::Task;
use ssehub::limits::Peer;
use ssehub::tls::{CLIENT_HANDSHAKES, HANDSHAKE_DEADLINE, HANDSHAKES, Refused};

use super::client::{Certificate, Server, Speaks};
use super::{ROOM, server};
use crate::pipe::{Duplex, duplex};

/// The head of a record that a handshake begins with, and then nothing of what it promises.
const HALF: &[u8] = &[22, 3, 1, 2, 0, 1, 0, 1, 252];

fn say(server: &Server, pipe: &mut Duplex, bytes: &[u8]) -> usize {
    let written = block_on(poll_once(pipe.write(bytes)));
    server.world.settle();
    written.map_or(0, |written| written.unwrap_or(0))
}

fn hear(pipe: &mut Duplex) -> Vec<u8> {
    let mut part = vec![0; ROOM];
    let bytes = block_on(poll_once(pipe.read(&mut part)));
    part.truncate(bytes.map_or(0, |bytes| bytes.unwrap_or(0)));
    part
}

#[test]
fn a_handshake_that_takes_too_long_is_ended() {
    for beginning in [&[][..], HALF] {
        let (server, _) = server();
        let (mut pipe, serving) = server.connect(ROOM);
        say(&server, &mut pipe, beginning);
        server
            .world
            .pass(HANDSHAKE_DEADLINE - Duration::from_millis(1));
        assert!(!serving.is_finished());
        // One more byte is no reason to wait any longer.
        say(&server, &mut pipe, &[0]);
        server.world.pass(Duration::from_millis(1));
        assert!(serving.is_finished());
    }
}

/// A message in many records that never ends. Only what its client has sent ahead is left with the kernel.
#[test]
fn a_handshake_holds_less_than_two_of_the_largest_records() {
    const MOST: usize = 20 << 10;
    let (server, _) = server();
    let (mut pipe, serving) = server.connect(4 * ROOM);
    let mut endless = Vec::new();
    for number in 0..4 {
        endless.extend_from_slice(&[22, 3, 1, 0x3f, 0]);
        endless.resize(endless.len() + 0x3f00, 0);
        if number == 0 {
            endless[5..9].copy_from_slice(&[1, 0, 0xff, 0xf0]);
        }
    }
    let written = say(&server, &mut pipe, &endless);
    assert_eq!(written, endless.len());
    let taken = written - pipe.unread();
    assert!(taken <= MOST, "{taken} bytes were taken");
    assert!(serving.is_finished());
}

#[test]
fn http_without_tls_is_known_by_its_first_byte() {
    let (server, _) = server();
    let (mut client, socket) = duplex(ROOM);
    say(&server, &mut client, b"GET / HTTP/1.1\r\n");
    let refused = server.wait(server.acceptor.accept(socket, &server.world.clock));
    let Some(Err(Refused::Plain(mut socket))) = refused else {
        panic!("taken for something else");
    };
    assert!(server.wait(socket.write_all(b"HTTP/1.1 400")).is_some());
    assert_eq!(hear(&mut client), b"HTTP/1.1 400");
}

#[test]
fn what_is_no_handshake_is_told_so() {
    let (server, _) = server();
    let (mut pipe, serving) = server.connect(ROOM);
    say(&server, &mut pipe, b"\x01\x02\x03\x04\x05\x06\x07\x08");
    assert!(serving.is_finished());
    // A fatal alert (RFC 8446, section 6).
    let answer = hear(&mut pipe);
    assert_eq!((answer[0], answer[5]), (21, 2), "{answer:?}");
}

#[test]
fn anything_is_survived_and_ends() {
    let mut chance = fastrand::Rng::with_seed(1);
    for _ in 0..300 {
        let (server, _) = server();
        let (mut pipe, serving) = server.connect(ROOM);
        let mut bytes = match chance.bool() {
            true => HALF.to_vec(),
            false => vec![22, 3, 3],
        };
        bytes.extend((0..chance.usize(..40_000)).map(|_| chance.u8(..)));
        for part in bytes.chunks(chance.usize(1..5_000)) {
            say(&server, &mut pipe, part);
        }
        server.world.pass(HANDSHAKE_DEADLINE);
        assert!(serving.is_finished());
        block_on(serving);
    }
}

#[test]
fn a_handshake_a_few_bytes_at_a_time() {
    let (server, certificate) = server();
    // The client reads nothing more before these have taken one of its records.
    assert!(server.shake(6, &certificate, Speaks::default()).is_ok());
}

#[test]
fn a_stream_that_is_damaged_ends() {
    let (server, certificate) = server();
    let mut talk = server.shake(ROOM, &certificate, Speaks::default()).unwrap();
    talk.subscribe("x");
    let (mut pipe, _) = talk.stream.into_inner();
    say(
        &server,
        &mut pipe,
        &[
            23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
        ],
    );
    server.world.settle();
    assert!(talk.serving.is_finished());
}

/// One that has connected, and says nothing; what comes of its handshake.
fn connect(server: &Server, client: Peer) -> (Duplex, Task<Option<Refused<Duplex>>>) {
    let (pipe, socket) = duplex(16);
    let (acceptor, clock) = (server.acceptor.clone(), server.world.clock.clone());
    let accepting = async move { acceptor.accept_from(socket, client, &clock).await.err() };
    (pipe, server.world.spawn(accepting))
}

fn is_crowded(accepting: Task<Option<Refused<Duplex>>>) -> bool {
    let refused = block_on(poll_once(accepting));
    matches!(refused, Some(Some(Refused::Crowded)))
}

#[test]
fn the_oldest_silent_handshake_gives_way() {
    let (server, certificate) = server();
    let mut waiting: Vec<_> = (0..HANDSHAKES)
        .map(|_| connect(&server, Peer::Unknown))
        .collect();
    server.world.settle();
    assert!(waiting.iter().all(|(_, it)| !it.is_finished()));
    // However many of them there are, others get in: the first one takes the place of the oldest.
    for _ in 0..3 {
        assert!(server.shake(ROOM, &certificate, Speaks::default()).is_ok());
    }
    let (_pipe, one_more) = connect(&server, Peer::Unknown);
    server.world.settle();
    assert!(!one_more.is_finished());
    let rest = waiting.split_off(1);
    assert!(rest.iter().all(|(_, it)| !it.is_finished()));
    assert!(waiting.into_iter().all(|(_, it)| is_crowded(it)));
    // Those that came when there were many have less time.
    server.world.pass(Duration::from_secs(2));
    let late = rest.iter().filter(|(_, it)| it.is_finished());
    assert_eq!(late.count(), HANDSHAKES - HANDSHAKES / 4 - 1);
}

#[test]
fn silent_handshakes_of_one_client_keep_out_no_other() {
    let (server, certificate) = server();
    let at = |last: u8| Peer::Ip([192, 0, 2, last].into());
    let mut calm = connect(&server, at(2));
    let mut flood: Vec<_> = (0..10 * CLIENT_HANDSHAKES)
        .map(|_| connect(&server, at(1)))
        .collect();
    server.world.settle();
    let open = flood.iter().filter(|(_, it)| !it.is_finished());
    assert_eq!(open.count(), CLIENT_HANDSHAKES);
    let newest = flood.split_off(9 * CLIENT_HANDSHAKES);
    assert!(newest.iter().all(|(_, it)| !it.is_finished()));
    // The flood has displaced itself alone.
    say(&server, &mut calm.0, HALF);
    assert!(!calm.1.is_finished());
    // A handshake that is over is counted no more.
    drop(newest);
    server.world.settle();
    let again: Vec<_> = (0..CLIENT_HANDSHAKES)
        .map(|_| connect(&server, at(1)))
        .collect();
    server.world.settle();
    assert!(again.iter().all(|(_, it)| !it.is_finished()));
    assert!(server.shake(ROOM, &certificate, Speaks::default()).is_ok());
}

#[test]
fn one_step_leaves_others_their_turn() {
    let certificate = Certificate::of(&["hub.example"]);
    let server = Server::new(&certificate);
    let mut pipes: Vec<_> = (0..32).map(|_| server.connect(ROOM)).collect();
    for (pipe, _) in &mut pipes {
        // Garbage behind the head of a record: a step that fails.
        block_on(poll_once(pipe.write(b"\x17\x03\x03\x00\x01\x00")));
    }
    let mut ticks = 0;
    while server.world.tasks.try_tick() {
        ticks += 1;
    }
    assert!(pipes.iter().all(|(_, serving)| serving.is_finished()));
    // Each of 32 waits once for a turn, and once for those of the others.
    assert!(ticks >= 64, "{ticks}");
}
