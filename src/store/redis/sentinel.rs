//! Where the primary is, asked of Redis Sentinels.

use std::fmt;
use std::time::Duration;

use futures_lite::FutureExt as _;
use redis::{ProtocolVersion, RedisConnectionInfo};

use super::connection::{Connection, drive};
use super::fault::Fault;
use super::settings::{InvalidRedisUrl, RedisAddress, RedisSettings};
use super::value;
use crate::clock::Clock;

/// Sentinels that a URL may name.
const SENTINELS: usize = 16;

/// How long one of them may take to answer before the next is asked.
const ANSWER_PATIENCE: Duration = Duration::from_millis(400);

/// Where a sentinel listens unless its address says so.
const PORT: u16 = 26_379;

/// Sentinels, and the name by which they know a primary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentinels {
    addresses: Vec<RedisAddress>,
    primary: String,
}

impl Sentinels {
    /// Reads `[user[:password]@]host[:port][,host[:port]…]/name[/database]`; also what is left for a URL of
    /// the primary: who logs in there, and to which database.
    pub(super) fn parse(rest: &str, secret: bool) -> Result<(Sentinels, String), InvalidRedisUrl> {
        let (login, rest) = match rest.rsplit_once('@') {
            Some((login, rest)) => (format!("{login}@"), rest),
            None => (String::new(), rest),
        };
        let (hosts, path) = rest.split_once('/').ok_or(InvalidRedisUrl::Shape)?;
        let (name, database) = path.split_once('/').unwrap_or((path, ""));
        let addresses = hosts.split(',').map(|host| address(host, secret));
        let addresses = addresses.collect::<Result<Vec<_>, _>>()?;
        if name.is_empty() || addresses.len() > SENTINELS {
            return Err(InvalidRedisUrl::Shape);
        }
        let primary = name.to_owned();
        let sentinels = Sentinels { addresses, primary };
        Ok((sentinels, format!("{login}primary/{database}")))
    }

    pub(super) fn is_secret(&self) -> bool {
        self.addresses.iter().any(RedisAddress::is_secret)
    }

    /// Asks one after the other where the primary is.
    pub(super) async fn find(
        &self,
        settings: &RedisSettings,
        clock: &Clock,
    ) -> Result<RedisAddress, Fault> {
        let mut fault = Fault::Late;
        for address in &self.addresses {
            let late = async {
                clock.sleep(ANSWER_PATIENCE).await;
                Err(Fault::Late)
            };
            match self.ask(address, settings, clock).or(late).await {
                Ok(primary) => return Ok(primary),
                Err(found) => fault = found,
            }
        }
        Err(fault)
    }

    async fn ask(
        &self,
        sentinel: &RedisAddress,
        settings: &RedisSettings,
        clock: &Clock,
    ) -> Result<RedisAddress, Fault> {
        let nobody = RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP2);
        let nobody = nobody.set_skip_set_lib_name();
        let (connection, driver) = Connection::at(sentinel, &nobody, settings, clock).await?;
        let mut question = redis::cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.primary);
        let answer = drive(driver, connection.ask(&question)).await?;
        let mut parts = value::list(answer).into_iter().filter_map(value::text);
        let port = |text: String| text.parse().ok();
        match (parts.next(), parts.next().and_then(port)) {
            (Some(host), Some(port)) => RedisAddress::of(host, port, sentinel.is_secret())
                .map_err(|error| Fault::Refused(error.to_string())),
            _ => Err(Fault::Unknown(self.primary.clone())),
        }
    }
}

/// The address of one sentinel.
fn address(host: &str, secret: bool) -> Result<RedisAddress, InvalidRedisUrl> {
    let (host, port) = match host.rsplit_once(':') {
        // Of an address of IPv6, which stands in brackets, that is the end.
        Some((_, end)) if end.ends_with(']') => (host, PORT),
        Some((host, port)) => (host, port.parse().map_err(|_| InvalidRedisUrl::Shape)?),
        None => (host, PORT),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        return Err(InvalidRedisUrl::Shape);
    }
    RedisAddress::of(host.to_owned(), port, secret)
}

impl fmt::Display for Sentinels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the primary {} of sentinels at", self.primary)?;
        self.addresses.iter().try_for_each(|it| write!(f, " {it}"))
    }
}
