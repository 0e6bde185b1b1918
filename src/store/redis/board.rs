//! Showing: this hub's lease, and what of its board the others do not know yet.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use event_listener::Event as Bell;
use futures_lite::FutureExt as _;
use futures_lite::future::pending;
use redis::{Cmd, Value};

use super::connection::{Connection, drive};
use super::fault::Fault;
use super::health::Role;
use super::{Keys, Redis, notice, script, value};
use crate::board::{Board, Posting};
use crate::store::Log;

/// How long one waits for what else there is to tell.
const COALESCE: Duration = Duration::from_millis(5);

/// How often a lease is renewed while it lasts.
const RENEWALS: u32 = 3;

/// Entries that the stream of the board has, about: how far another hub may fall behind before it has to
/// read everything again.
pub(super) const BOARD_ENTRIES: usize = 10_000;

/// How long the board is kept once there is no hub.
const KEPT: Duration = Duration::from_secs(60 * 60);

/// How long those who were here have to arrive at another hub, when this one stops.
const LINGER: Duration = Duration::from_secs(3);

/// How long a hub that stops waits until the others know it.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(1);

/// The other hubs, as this one deals with them.
#[derive(Debug)]
pub(super) struct Neighbours {
    pub(super) board: Board,
    /// Everything that they show is known: what a dead one has left behind can be seen to.
    pub(super) is_known: AtomicBool,
    /// Somebody carries what this hub shows.
    is_carried: AtomicBool,
    has_left: AtomicBool,
    left: Bell,
}

impl Neighbours {
    pub(super) fn new() -> Neighbours {
        // Not from the seed, which hubs may share.
        let name = format!("{:016x}", fastrand::u64(..));
        Neighbours {
            board: Board::new(&name),
            is_known: AtomicBool::new(false),
            is_carried: AtomicBool::new(false),
            has_left: AtomicBool::new(false),
            left: Bell::new(),
        }
    }
}

/// Says that nobody carries what this hub shows any more.
struct Dropped<'a>(&'a Neighbours);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.is_carried.store(false, Ordering::SeqCst);
        self.0.left.notify(usize::MAX);
    }
}

impl Redis {
    pub(in crate::store) fn board(&self) -> &Board {
        &self.neighbours.board
    }

    /// Where a hub's entries are.
    pub(super) fn shown_by(&self, hub: &str) -> String {
        self.settings.key(&format!("board:{hub}"))
    }

    /// Shows what is posted, for as long as the log is of use.
    pub(super) async fn show_board(&self, log: &Log) {
        self.neighbours.is_carried.store(true, Ordering::SeqCst);
        let _dropped = Dropped(&self.neighbours);
        let mut attempts = self.attempts(Role::Show);
        loop {
            let (connection, driver) = self.connect(log, &mut attempts).await;
            let fault = drive(driver, self.showing(log, &connection)).await;
            self.broke(log, &mut attempts, &fault);
        }
    }

    async fn showing(&self, log: &Log, connection: &Connection) -> Fault {
        let since = log.clock().now();
        let ended = async {
            let show = script::load(connection, script::SHOW).await?;
            loop {
                let late = self.renew(connection).await?;
                self.health.recover(Role::Show);
                // After an absence of Redis everyone gets the time to renew a lease.
                let is_patient = log.clock().now() - since >= self.settings.lease;
                if is_patient && self.neighbours.is_known.load(Ordering::SeqCst) {
                    self.bury(connection, late).await?;
                }
                self.show_for_a_while(log, connection, &show).await?;
            }
        };
        let ended: Result<(), Fault> = ended.await;
        ended.err().unwrap_or(Fault::Lost)
    }

    /// Renews the lease; the hubs whose own is over.
    async fn renew(&self, connection: &Connection) -> Result<Vec<String>, Fault> {
        let board = self.board();
        let mut command = self.command_on_board(script::RENEW, board.hub());
        command.arg(board.hub());
        command.arg(self.settings.lease.as_millis() as u64);
        command.arg(KEPT.as_millis() as u64);
        let mut answer = value::list(connection.ask(&command).await?).into_iter();
        let was_known = answer.next().as_ref().and_then(value::number) == Some(1);
        if !was_known {
            board.begin_again();
        }
        let late = value::list(answer.next().unwrap_or(Value::Nil));
        let late = late.into_iter().filter_map(value::text);
        Ok(late.filter(|hub| hub != board.hub()).collect())
    }

    async fn bury(&self, connection: &Connection, dead: Vec<String>) -> Result<(), Fault> {
        for hub in dead {
            let mut command = self.command_on_board(script::BURY, &hub);
            command.arg(&hub).arg(self.board().hub()).arg(BOARD_ENTRIES);
            connection.ask(&command).await?;
        }
        Ok(())
    }

    /// Shows what is posted until it is time to renew the lease.
    async fn show_for_a_while(
        &self,
        log: &Log,
        connection: &Connection,
        show: &str,
    ) -> Result<(), Fault> {
        let (clock, board) = (log.clock(), self.board());
        let until = clock.now() + self.settings.lease / RENEWALS;
        loop {
            let left = until.saturating_sub(clock.now());
            let changed = async {
                board.changed().await;
                true
            };
            let over = async {
                clock.sleep(left).await;
                false
            };
            if left.is_zero() || !changed.or(over).await {
                return Ok(());
            }
            clock.sleep(COALESCE).or(board.closing()).await;
            if !self.show_next(connection, show).await? {
                return Ok(());
            }
        }
    }

    /// Shows some; `false` says that the others have forgotten this hub.
    async fn show_next(&self, connection: &Connection, show: &str) -> Result<bool, Fault> {
        let board = self.board();
        let posting = board.take();
        let is_last = posting.is_last;
        let shown = match posting.entries.is_empty() && !posting.is_whole {
            true => Ok(true),
            false => self.tell(connection, show, &posting).await,
        };
        match shown {
            Ok(true) => board.got_through(posting),
            _ => board.got_stuck(posting),
        }
        if is_last && shown.is_ok() {
            self.leave(connection).await?;
            // Nothing is to be told after that.
            return pending().await;
        }
        shown
    }

    async fn tell(
        &self,
        connection: &Connection,
        show: &str,
        posting: &Posting,
    ) -> Result<bool, Fault> {
        let board = self.board();
        let mut command = redis::cmd("EVALSHA");
        command.arg(show).arg(3);
        command.arg(self.keys_of_board(board.hub()));
        command.arg(board.hub()).arg(BOARD_ENTRIES);
        notice::add_fields(posting, &mut command);
        Ok(value::number(&connection.ask(&command).await?) == Some(1))
    }

    async fn leave(&self, connection: &Connection) -> Result<(), Fault> {
        let hub = self.board().hub();
        let mut command = redis::cmd("EVAL");
        command.arg(script::LEAVE).arg(2);
        command.arg(&self.keys.hubs).arg(self.shown_by(hub));
        command.arg(hub).arg(LINGER.as_millis() as u64);
        connection.ask(&command).await?;
        self.neighbours.has_left.store(true, Ordering::SeqCst);
        self.neighbours.left.notify(usize::MAX);
        Ok(())
    }

    /// Shows the last of it and takes leave of the others, if that is soon done.
    pub(in crate::store) async fn take_leave(&self, log: &Log) {
        let neighbours = &self.neighbours;
        neighbours.board.close();
        let done = async {
            loop {
                let left = neighbours.left.listen();
                let is_carried = neighbours.is_carried.load(Ordering::SeqCst);
                if neighbours.has_left.load(Ordering::SeqCst) || !is_carried {
                    return;
                }
                left.await;
            }
        };
        let late = async {
            log.clock().sleep(FAREWELL_PATIENCE).await;
            log::warn!("other hubs do not know yet that this one stops");
        };
        done.or(late).await;
    }

    /// A script about what a hub shows.
    fn command_on_board(&self, script: &str, hub: &str) -> Cmd {
        let mut command = redis::cmd("EVAL");
        command.arg(script).arg(3).arg(self.keys_of_board(hub));
        command
    }

    fn keys_of_board(&self, hub: &str) -> Vec<String> {
        let Keys { hubs, board, .. } = &self.keys;
        vec![hubs.clone(), board.clone(), self.shown_by(hub)]
    }
}
