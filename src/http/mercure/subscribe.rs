//! `GET` and `QUERY`: an event stream of the updates that any of the matchers matches.

use super::{names, resume};
use crate::auth::Grant;
use crate::event::Format;
use crate::http::Site;
use crate::http::access::{self, Effect};
use crate::http::head::{Head, Method};
use crate::http::query::{FormType, Query};
use crate::http::quota::{self, Places};
use crate::http::reply::Reply;
use crate::http::stream::Opening;
use crate::http::topics;
use crate::hub::Reading;
use crate::topic::{Interest, Selector, SelectorsCost, Topic};

/// Most selectors of a subscriber by draft 07.
const SELECTORS: usize = 1_000;

/// Most matchers of a subscriber by draft 08.
const MATCHERS: usize = 100;

/// A subscriber whose head was accepted.
pub(in crate::http) struct Asking<'h> {
    query: Query<'h>,
    grant: Grant,
    /// The body has parameters, too.
    form: Option<FormType>,
    places: Places,
}

/// Accepts a subscriber by the head: credential, type of the body, and number of subscriptions.
pub(in crate::http) fn allow_subscriber<'h>(
    site: &Site,
    head: &'h Head,
) -> Result<Asking<'h>, Reply> {
    let query = Query::of(head)?;
    let grant = access::grant(site, head, effect(site), token(&query, query.pairs()))?;
    access::check_read_any(&grant)?;
    let form = match head.method {
        Method::Query => Some(FormType::of(head)?),
        _ => None,
    };
    let places = quota::subscribe(site, head, &grant)?;
    Ok(Asking {
        query,
        grant,
        form,
        places,
    })
}

/// Where subscriptions are told, a subscriber writes events.
fn effect(site: &Site) -> Effect {
    match site.config.roster {
        Some(_) => Effect::Changes,
        None => Effect::Reads,
    }
}

/// The token in the query, which counts by draft 07 alone.
fn token<'q>(
    query: &'q Query<'_>,
    mut parameters: impl Iterator<Item = (&'q str, &'q str)>,
) -> Option<&'q str> {
    let is_draft_08 = parameters.any(|(name, _)| is_reserved(name));
    query.get("authorization").filter(|_| !is_draft_08)
}

impl Asking<'_> {
    /// Checks which updates the subscriber asks for.
    pub(in crate::http) async fn subscribe(
        self,
        site: &Site,
        head: &Head,
        body: &[u8],
    ) -> Result<Opening, Reply> {
        let Asking {
            query,
            mut grant,
            form,
            places,
        } = self;
        let form = form.map(|kind| kind.read(body)).transpose()?;
        let parameters = || query.pairs().chain(form.iter().flat_map(Query::pairs));
        let selectors = selectors(site, parameters())?;
        if token(&query, parameters()) != token(&query, query.pairs()) {
            // The body is of draft 08, so the token in the query does not count.
            grant = access::grant(site, head, effect(site), None)?;
        }
        let interest = Interest::any(selectors);
        access::check_read(&grant, &interest)?;
        let interest = access::with_private(&grant, interest);
        let wanted = match query.cursor(head) {
            None => form.as_ref().and_then(Query::own_cursor),
            given => given,
        };
        let newcomer = match &site.config.roster {
            Some(roster) => {
                let newcomer = roster.admit(&interest, &grant).await?;
                quota::announce(site, head, &grant, newcomer.events())?;
                Some(Box::new(newcomer))
            }
            None => None,
        };
        let resumed = resume::resume(site, &interest, wanted).await;
        Ok(Opening {
            unknown: Vec::new(),
            interest,
            start: resumed.start.clone(),
            reading: Reading::default(),
            format: Format::Text,
            user: None,
            presence: false,
            until: access::end(site, &grant),
            mercure: Some(resumed),
            newcomer,
            places,
        })
    }
}

/// What the parameters ask for. Draft 07 names topics; draft 08 has matchers, and more of them may come, so unknown
/// ones are refused.
fn selectors<'p>(
    site: &Site,
    parameters: impl Iterator<Item = (&'p str, &'p str)>,
) -> Result<Vec<Selector>, Reply> {
    let (mut topics, mut matchers) = (Vec::new(), Vec::new());
    let mut cost = SelectorsCost::default();
    for (name, text) in parameters {
        let (list, selector) = match name {
            "topic" => (&mut topics, selector(text)?),
            "match" | "match_exact" => (&mut matchers, exact(text)?),
            "match_urlpattern" => (&mut matchers, pattern(site, text)?),
            other if is_reserved(other) => {
                return Err(Reply::error(400, "there is no such kind of matcher"));
            }
            _ => continue,
        };
        // Each costs something to read, so the rest is not even looked at.
        topics::affordable(&mut cost, &selector)?;
        list.push(selector);
        if topics.len() > SELECTORS {
            return Err(Reply::error(400, "a subscriber names at most 1000 topics"));
        }
        if matchers.len() > MATCHERS {
            return Err(Reply::error(400, "a subscriber has at most 100 matchers"));
        }
    }
    match (topics.len(), matchers.len()) {
        (0, 0) => Err(Reply::error(400, "a subscriber names at least one topic")),
        (_, 0) => Ok(topics),
        (0, _) => Ok(matchers),
        _ => Err(Reply::error(
            400,
            "topic is of one version of the protocol and match of another: use one of them",
        )),
    }
}

/// Draft 08 keeps every name that begins like this for itself.
fn is_reserved(name: &str) -> bool {
    let begin = name.as_bytes().get(.."match".len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(b"match"))
}

/// A selector of draft 07: `*`, a URI template, or a topic, which is what everything else is.
fn selector(text: &str) -> Result<Selector, Reply> {
    names::check("a topic", text)?;
    Selector::mercure(text).map_err(|error| Reply::error(400, error.to_string()))
}

/// A topic byte for byte; `*` stands for all of them.
fn exact(text: &str) -> Result<Selector, Reply> {
    names::check("a matcher", text)?;
    match text {
        "*" => Ok(Selector::All),
        _ => named(text),
    }
}

fn named(text: &str) -> Result<Selector, Reply> {
    let topic = Topic::parse(text).map_err(|error| Reply::error(400, error.to_string()))?;
    Ok(Selector::Exact(topic))
}

#[cfg(feature = "urlpattern")]
fn pattern(site: &Site, text: &str) -> Result<Selector, Reply> {
    names::check("a matcher", text)?;
    let base = site.base.as_ref().ok_or_else(no_patterns)?;
    Selector::pattern(text, base).map_err(|error| Reply::error(400, error.to_string()))
}

#[cfg(not(feature = "urlpattern"))]
fn pattern(_: &Site, _: &str) -> Result<Selector, Reply> {
    Err(no_patterns())
}

fn no_patterns() -> Reply {
    Reply::error(400, "URL patterns are not known here")
}
