//! What was sent, and what was heard.

use ssehub::EventId;

/// What is published to each topic at last.
pub const END: &str = "end";

/// A publisher and its number.
pub type Number = (u32, u32);

/// What has become of a number.
#[derive(Clone, Copy)]
pub struct Sent {
    /// Which of the topics it went to.
    pub topic: usize,
    pub acknowledged: bool,
    /// It was sent more than once.
    pub repeated: bool,
}

/// One thing that a subscriber was told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Said {
    /// A number, and its position unless its publisher gave it an id.
    Number(Number, Option<EventId>),
    /// That something may be missing after a position, or after what was heard last.
    Gap(Option<EventId>),
    End,
    /// Nothing that any publisher sends.
    Strange,
}

/// What a subscriber has heard.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Who it was.
    pub name: String,
    /// Which of the topics it has read.
    pub topic: usize,
    pub said: Vec<Said>,
    /// The id to resume behind.
    pub last_id: Option<String>,
    /// It has come to the end of the topic.
    pub ended: bool,
}

impl Heard {
    /// Takes one event as it was dispatched; a gap with the id as data after which something is missing.
    pub fn take(&mut self, kind: &str, id: &str, data: &str) {
        let said = match kind {
            "gap" => Said::Gap(data.parse().ok()),
            _ => said(id, data),
        };
        self.ended |= said == Said::End;
        self.said.push(said);
        self.last_id = Some(id.to_owned());
    }
}

/// The id that a publisher gives to a number of its own.
pub fn own_id((publisher, number): Number) -> String {
    format!("own-{publisher}-{number}")
}

/// An event that says `PUBLISHER:NUMBER`, or the end.
fn said(id: &str, data: &str) -> Said {
    if data == END {
        return Said::End;
    }
    let number = data.split_once(':').and_then(|(publisher, number)| {
        let number: Number = (publisher.parse().ok()?, number.parse().ok()?);
        Some(number)
    });
    match (number, id.parse()) {
        (Some(number), _) if id == own_id(number) => Said::Number(number, None),
        (Some(number), Ok(at)) => Said::Number(number, Some(at)),
        _ => Said::Strange,
    }
}

#[test]
fn events_are_numbers_with_a_position_or_an_id_of_their_own() {
    let at = |ms, seq| Some(EventId { ms, seq });
    assert_eq!(said("#7-1", "3:4"), Said::Number((3, 4), at(7, 1)));
    assert_eq!(said("own-3-4", "3:4"), Said::Number((3, 4), None));
    assert_eq!(said("#7-1", END), Said::End);
    for (id, data) in [("own-3-5", "3:4"), ("#7-1", "hello"), ("", "3:4")] {
        assert_eq!(said(id, data), Said::Strange, "{id} {data}");
    }
}
