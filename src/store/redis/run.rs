//! A run of events in a pipeline: Redis stores it in its order, or refuses it.

use redis::Value;

use super::fault::{Fault, of_value};

/// Events of one run: Redis does nothing else while it stores those of a transaction.
pub(super) const RUN_EVENTS: usize = 256;

/// The replies to the commands of a run, errors included; or why a transaction was not carried out.
pub(super) fn read(
    replies: &mut impl Iterator<Item = Value>,
    commands: usize,
    in_transaction: bool,
) -> Result<Vec<Value>, Fault> {
    if !in_transaction {
        return Ok(replies.take(commands).collect());
    }
    // First MULTI is answered, then each command: that it waits, or why it may not.
    let refused = replies.take(1 + commands).map(of_value);
    let refused = refused.filter_map(Result::err).collect::<Vec<_>>();
    let done = of_value(replies.next().unwrap_or(Value::Nil));
    match (refused.into_iter().next(), done) {
        (None, Ok(Value::Array(replies))) if replies.len() == commands => Ok(replies),
        (Some(fault), _) | (None, Err(fault)) => Err(fault),
        (None, Ok(_)) => Err(Fault::Lost),
    }
}

#[cfg(test)]
mod tests {
    use redis::parse_redis_value;

    use super::*;

    fn read_text(text: &str, commands: usize) -> Result<Vec<Value>, Fault> {
        let text = text.replace(' ', "\r\n");
        let Ok(Value::Array(replies)) = parse_redis_value(text.as_bytes()) else {
            panic!("{text}")
        };
        let mut replies = replies.into_iter();
        let read = read(&mut replies, commands, true);
        assert_eq!(replies.next(), Some(Value::Int(7)), "the rest is left");
        read
    }

    #[test]
    fn a_transaction_is_answered_command_by_command() {
        let text = "*5 +OK +QUEUED +QUEUED *2 $3 1-0 -OOM :7 ";
        let replies = read_text(text, 2).unwrap();
        assert!(of_value(replies[0].clone()).is_ok() && of_value(replies[1].clone()).is_err());
    }

    #[test]
    fn a_transaction_that_is_refused_says_why() {
        for (text, why) in [
            (
                "*5 +OK +QUEUED -READONLY -EXECABORT :7 ",
                "Redis refuses: READONLY ",
            ),
            (
                "*5 +OK +QUEUED +QUEUED -READONLY :7 ",
                "Redis refuses: READONLY ",
            ),
            (
                "*5 +OK +QUEUED +QUEUED *0 :7 ",
                "the connection to Redis broke",
            ),
        ] {
            let fault = read_text(text, 2).unwrap_err();
            assert_eq!(fault.to_string(), why, "{text}");
            assert!(fault.is_passing());
        }
    }
}
