//! The topics that a request names: in its path, in its query, or in a line of its body.

use percent_encoding::percent_decode_str;

use super::query::Query;
use super::reply::Reply;
use crate::topic::{Interest, Selector, SelectorsCost, Topic};

/// Most selectors of one subscriber. Each costs a place in an index, or a look at every topic.
const SELECTORS: usize = 100;

/// The topic of an event, from the path.
pub(super) fn in_path(part: &str) -> Result<Topic, Reply> {
    named(&decode(part)?).map_err(|reason| Reply::error(400, reason))
}

/// The topic of an event, if a subscriber could name it; an error says what is wrong with it.
pub(super) fn named(name: &str) -> Result<Topic, String> {
    match Selector::parse(name) {
        Ok(Selector::All) => Err("* stands for every topic and is none itself".to_owned()),
        Ok(_) => Topic::parse(name).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// All that a subscriber asks for, in the path and in the query.
pub(super) fn interest(part: Option<&str>, query: &Query<'_>) -> Result<Interest, Reply> {
    let in_path = part.map(decode).transpose()?;
    let texts: Vec<_> = in_path
        .as_deref()
        .into_iter()
        .chain(query.all("topic"))
        .collect();
    if texts.is_empty() {
        return Err(Reply::error(400, "a subscriber names at least one topic"));
    }
    if texts.len() > SELECTORS {
        return Err(Reply::error(400, "a subscriber names at most 100 topics"));
    }
    let (mut selectors, mut cost) = (Vec::with_capacity(texts.len()), SelectorsCost::default());
    for text in texts {
        let selector =
            Selector::parse(text).map_err(|error| Reply::error(400, error.to_string()))?;
        affordable(&mut cost, &selector)?;
        selectors.push(selector);
    }
    Ok(Interest::any(selectors))
}

/// Refuses a selector that makes all of one subscriber cost too much to match.
pub(super) fn affordable(cost: &mut SelectorsCost, selector: &Selector) -> Result<(), Reply> {
    let added = cost.add(selector);
    added.map_err(|error| Reply::error(400, error.to_string()))
}

/// Takes one layer of percent-encoding away: an encoded slash is a slash of the topic.
pub(super) fn decode(part: &str) -> Result<String, Reply> {
    percent_decode_str(part)
        .decode_utf8()
        .map(String::from)
        .map_err(|_| Reply::error(400, "the topic in the path is not UTF-8"))
}
