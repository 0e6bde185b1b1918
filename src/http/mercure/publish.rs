//! `POST`: a form becomes an update.

use super::names;
use crate::auth::Grant;
use crate::event::{Draft, EVENT_TOPICS};
use crate::http::access::{self, Effect};
use crate::http::draft::{Labels, milliseconds};
use crate::http::head::Head;
use crate::http::query::{FormType, Query};
use crate::http::reply::Reply;
use crate::http::{Site, quota};

/// A publisher whose head was accepted.
pub(in crate::http) struct Publisher {
    grant: Grant,
    kind: FormType,
}

/// Accepts a publisher by the head: credential, type of the body, and rate. The topics stand in the body.
pub(in crate::http) fn allow_publisher(site: &Site, head: &Head) -> Result<Publisher, Reply> {
    let query = Query::of(head)?;
    // Draft 07 allows a token in the query.
    let grant = access::grant(site, head, Effect::Changes, query.get("authorization"))?;
    access::check_publish_any(site, &grant)?;
    let kind = FormType::of(head)?;
    quota::publish(site, head, &grant, 1)?;
    Ok(Publisher { grant, kind })
}

impl Publisher {
    /// Appends an update to the log. The answer is its id, and says that it is stored.
    pub(in crate::http) async fn publish(self, site: &Site, body: &[u8]) -> Result<Reply, Reply> {
        let form = self.kind.read(body)?;
        let draft = draft(&form)?;
        access::check_publish(site, &self.grant, draft.topics())?;
        let own_id = form
            .get("id")
            .filter(|id| !id.is_empty())
            .map(str::to_owned);
        let stored = site.hub.publish(draft).await?;
        site.hub.tally().updates.add(1);
        let id = own_id.unwrap_or_else(|| stored.id.to_string());
        Ok(Reply::text(id))
    }
}

fn draft(form: &Query<'_>) -> Result<Draft, Reply> {
    let mut topics = Vec::new();
    for name in form.all("topic") {
        if topics.len() == EVENT_TOPICS {
            return Err(Reply::error(413, "an update has at most 100 topics"));
        }
        topics.push(names::topic(name)?);
    }
    let mut topics = topics.into_iter();
    let first = topics
        .next()
        .ok_or_else(|| Reply::error(400, "an update names at least one topic"))?;
    let labels = labels(form)?;
    let draft = labels
        .label(Draft::new(first, form.get("data").unwrap_or_default()))
        .map_err(|reason| Reply::error(400, reason))?;
    draft
        // An id that comes again is another update (draft 08, section "Reconciliation").
        .repeatable()
        .private(form.get("private").is_some())
        .alternates(topics)
        .map_err(|error| Reply::error(413, error.to_string()))
}

/// Fields that are empty are as good as absent, as forms have them.
fn labels(form: &Query<'_>) -> Result<Labels, Reply> {
    let field = |name| form.get(name).filter(|value| !value.is_empty());
    if let Some(kind) = field("type") {
        names::check("a type", kind)?;
    }
    if let Some(id) = field("id") {
        names::check("an id", id)?;
    }
    let retry_ms = field("retry").map(milliseconds).transpose();
    let retry_ms = retry_ms.map_err(|reason| Reply::error(400, reason))?;
    Ok(Labels {
        kind: field("type").map(str::to_owned),
        id: field("id").map(str::to_owned),
        // Zero is as good as none.
        retry_ms: retry_ms.filter(|retry_ms| *retry_ms > 0),
        ..Labels::default()
    })
}
