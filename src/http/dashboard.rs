//! `GET /dashboard/events`: how the server does, told once a second to those who look at the dashboard.
//!
//! Nothing is counted for it but what the metrics have, and nothing is done while nobody looks. Who may look
//! is who may read the metrics. Those never name a topic: names are told only to who may read all topics.

mod snapshot;

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use futures_lite::FutureExt as _;

use super::connection::Transport;
use super::head::{Head, Version};
use super::lease::Pace;
use super::reply::Reply;
use super::route::Front;
use super::stream::{End, EventStream};
use super::visit::Visit;
use super::wire::Broken;
use super::{Site, access, metrics};
use crate::event::{Format, Notice};
use crate::hub::Outlet as _;
use crate::metrics::Gauge;
use snapshot::Snapshot;

/// Where the stream is.
pub(super) const PATH: &str = "/dashboard/events";

/// Between two snapshots.
const PAUSE: Duration = Duration::from_secs(1);

/// Streams of one site at a time. Less than connections of those who watch, whom they must not shut out.
const STREAMS: u64 = 8;

/// Somebody who looks.
pub(super) struct Watch {
    /// Whether they may know the names of topics.
    names: bool,
    /// Until when on the clock they may look, if that is bounded.
    until: Option<Duration>,
    #[expect(dead_code, reason = "it is held for its drop")]
    place: Place,
}

/// One place among [`STREAMS`], given back when dropped.
struct Place(Arc<Gauge>);

/// Lets somebody look, who may and finds a place.
pub(super) fn watch(site: &Site, head: &Head) -> Result<Watch, Reply> {
    let admitted = metrics::admit(site, head)?;
    // Where everyone may look, a credential is needed for names alone.
    let grant = match site.front {
        Front::Admin => None,
        Front::Everyone => {
            admitted.or_else(|| access::grant(site, head, access::Effect::Reads, None).ok())
        }
    };
    let names = site.front == Front::Admin || grant.as_ref().is_some_and(|it| it.may_read_all());
    let end = grant.and_then(|grant| access::end(site, &grant));
    let full = || Reply::unavailable("the dashboard is open too often".to_owned());
    Ok(Watch {
        names,
        until: end.into_iter().chain(site.stream_end()).min(),
        place: Place::take(&site.dashboards).ok_or_else(full)?,
    })
}

impl Watch {
    /// Tells for as long as the peer is there.
    pub(super) async fn run<S: Transport>(
        self,
        stream: S,
        version: Version,
        visit: Option<Box<Visit>>,
        site: &Site,
    ) {
        let stream = EventStream::of_notices(stream, Format::Text, version, visit);
        _ = self.write(stream, site).await;
    }

    async fn write<S: Transport>(
        &self,
        mut stream: EventStream<S>,
        site: &Site,
    ) -> Result<(), Broken> {
        let mut pace = Pace::new(site, self.until);
        loop {
            let is_last = site.is_closed() || site.hub.is_closed();
            let snapshot = Snapshot::take(site, self.names);
            let notice = Notice::new("snapshot", snapshot);
            stream.tell(&notice, &mut pace).await?;
            if is_last {
                return stream.finish(End::Over, &mut pace).await;
            }
            let gone = async {
                poll_fn(|cx| stream.poll_gone(cx)).await;
                Err(Broken::Gone)
            };
            let closed = async {
                site.closed().await;
                Ok(())
            };
            let woken = pace.within(PAUSE, gone.or(closed)).await;
            woken.unwrap_or(Ok(()))?;
            if pace.is_over() {
                return stream.finish(End::Time, &mut pace).await;
            }
        }
    }
}

impl Place {
    fn take(dashboards: &Arc<Gauge>) -> Option<Place> {
        let one_more = dashboards.up_to(STREAMS);
        one_more.then(|| Place(dashboards.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.down();
    }
}
