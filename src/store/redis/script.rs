//! The scripts that Redis runs, each as one step.

use super::connection::Connection;
use super::fault::Fault;
use super::value;

/// Stores an event once.
pub(super) const APPEND: &str = concat!(
    include_str!("position.lua"),
    include_str!("ids.lua"),
    include_str!("append.lua")
);

/// Tells every reader of the stream of a loss.
pub(super) const MARK: &str = concat!(include_str!("position.lua"), include_str!("mark.lua"));

/// Drops what exceeds the retention.
pub(super) const TRIM: &str = concat!(
    include_str!("position.lua"),
    include_str!("ids.lua"),
    include_str!("trim.lua")
);

/// Takes a hub to be alive for a while.
pub(super) const RENEW: &str = include_str!("renew.lua");

/// Tells the others what a hub shows.
pub(super) const SHOW: &str = include_str!("show.lua");

/// Takes away what a dead hub has shown.
pub(super) const BURY: &str = include_str!("bury.lua");

/// Takes leave of the others.
pub(super) const LEAVE: &str = include_str!("leave.lua");

/// Teaches Redis a script; the name by which it is called.
pub(super) async fn load(connection: &Connection, script: &str) -> Result<String, Fault> {
    let loaded = connection
        .ask(redis::cmd("SCRIPT").arg("LOAD").arg(script))
        .await?;
    value::text(loaded).ok_or(Fault::NoScript)
}
