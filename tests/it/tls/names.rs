//! Several certificates: whoever asks for a name is shown the one that is for it.

use ssehub::tls::{IDENTITIES, Identities};

use super::ROOM;
use super::client::{Certificate, Server, Speaks};

fn server(certificates: &[&Certificate]) -> Server {
    let server = Server::new(certificates[0]);
    let others = certificates[1..].iter().map(|it| it.identity()).collect();
    let identities = Identities::new(certificates[0].identity(), others).unwrap();
    server.acceptor.replace(identities);
    server
}

/// Which of these is shown to a client that asks for a host, and likes no other.
#[track_caller]
fn shown(server: &Server, host: &'static str, certificates: &[&Certificate]) -> Vec<usize> {
    let speaks = |old| Speaks {
        old,
        host,
        ..Speaks::default()
    };
    let likes = |trusts: &&Certificate| {
        let both = [false, true].map(|old| server.shake(ROOM, trusts, speaks(old)).is_ok());
        assert_eq!(both[0], both[1], "the versions differ");
        both[0]
    };
    let number = |(number, trusts)| likes(trusts).then_some(number);
    certificates.iter().enumerate().filter_map(number).collect()
}

#[test]
fn a_name_has_its_certificate() {
    let one = &Certificate::of(&["a.example", "192.0.2.1", "shared.example"]);
    let other = &Certificate::of(&["b.example", "*.b.example", "shared.example"]);
    let exact = &Certificate::of(&["c.b.example", "Big.Example"]);
    let all = [one, other, exact];
    let server = server(&all);
    let cases: [(&str, &[usize]); 9] = [
        ("a.example", &[0]),
        ("b.example", &[1]),
        ("B.Example", &[1]),
        ("x.b.example", &[1]),
        // A name counts before a wildcard, wherever it stands.
        ("c.b.example", &[2]),
        ("big.example", &[2]),
        // Of two with one name, the foremost.
        ("shared.example", &[0]),
        // An address is not said in a handshake, so the first is shown.
        ("192.0.2.1", &[0]),
        // A wildcard is one label; nobody is here under that name, and the client does not like the first.
        ("x.y.b.example", &[]),
    ];
    for (host, expected) in cases {
        assert_eq!(shown(&server, host, &all), expected, "{host}");
    }
    for host in ["a.example", "x.b.example", "c.b.example", "192.0.2.1"] {
        assert!(server.acceptor.is_for(host), "{host}");
    }
    assert!(!server.acceptor.is_for("x.y.b.example"));
}

#[test]
fn who_asks_for_no_name_or_an_unknown_one_is_shown_the_first() {
    let one = &Certificate::of(&["a.example", "192.0.2.2"]);
    let other = &Certificate::of(&["b.example", "192.0.2.2"]);
    assert_eq!(
        shown(&server(&[one, other]), "192.0.2.2", &[one, other]),
        [0]
    );
    assert_eq!(
        shown(&server(&[other, one]), "192.0.2.2", &[one, other]),
        [1]
    );
    let server = server(&[one, other]);
    let speaks = Speaks {
        host: "unknown.example",
        ..Speaks::default()
    };
    let error = server.shake(ROOM, one, speaks).err().unwrap().to_string();
    assert!(error.contains("a.example"), "{error}");
    assert!(error.contains("not valid for name"), "{error}");
}

#[test]
fn all_are_replaced_at_once() {
    let before = [
        &Certificate::of(&["a.example"]),
        &Certificate::of(&["b.example"]),
    ];
    let after = [
        &Certificate::of(&["a.example"]),
        &Certificate::of(&["c.example"]),
    ];
    let server = server(&before);
    let both = [before[0], before[1], after[0], after[1]];
    assert_eq!(shown(&server, "b.example", &both), [1]);
    let identities = Identities::new(after[0].identity(), vec![after[1].identity()]);
    server.acceptor.replace(identities.unwrap());
    assert_eq!(shown(&server, "a.example", &both), [2]);
    assert_eq!(shown(&server, "b.example", &both), [0; 0]);
    assert_eq!(shown(&server, "c.example", &both), [3]);
}

#[test]
fn certificates_are_bounded() {
    let identity = Certificate::of(&["a.example"]).identity();
    let others = |count| vec![identity.clone(); count];
    assert!(Identities::new(identity.clone(), others(IDENTITIES - 1)).is_ok());
    let error = Identities::new(identity.clone(), others(IDENTITIES)).unwrap_err();
    assert_eq!(error.to_string(), "there are more than 256 certificates");
}
