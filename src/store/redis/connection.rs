//! A connection to Redis, made anew whenever it breaks.

use std::future::{Future, pending};
use std::pin::Pin;
use std::time::Duration;
use std::{fmt, io};

use async_channel::{Receiver, Sender};
use futures_lite::FutureExt as _;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, Pipeline, RedisConnectionInfo, Value};
use tokio_util::compat::FuturesAsyncReadCompatExt as _;

use super::fault::{Fault, of_value};
use super::settings::{RedisAddress, RedisSettings};
use crate::clock::Clock;
use crate::net::{self, Duplex, Patience};

/// How long connecting may take, logging in included.
const CONNECT_PATIENCE: Duration = Duration::from_secs(2);

/// How often a cluster may send us elsewhere before we give up.
const REDIRECTIONS: u32 = 3;

/// How long an answer may take that needs no waiting.
pub(super) const REPLY_PATIENCE: Duration = Duration::from_secs(3);

/// A connection; clones are the same one.
#[derive(Clone)]
pub(super) struct Connection {
    redis: MultiplexedConnection,
    clock: Clock,
    /// Never carries anything; it closes with the connection.
    open: Receiver<()>,
}

/// What must run for a connection to work.
pub(super) type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Connection {
    /// Connects to where the log's stream is, and looks whether it is one.
    pub(super) async fn open(
        settings: &RedisSettings,
        clock: &Clock,
    ) -> Result<(Connection, Driver), Fault> {
        let opening = async {
            let mut address = settings.find(clock).await?;
            for _ in 0..REDIRECTIONS {
                let login = &settings.login;
                let (connection, mut driver) =
                    Connection::at(&address, login, settings, clock).await?;
                let look = async { Some(connection.look(&settings.key("log")).await) };
                let lost = async {
                    driver.as_mut().await;
                    None
                };
                match look.or(lost).await {
                    Some(Ok(())) => return Ok((connection, driver)),
                    Some(Err(Fault::Elsewhere(host, port))) => {
                        let secret = address.is_secret();
                        address = RedisAddress::of(host, port, secret)
                            .map_err(|error| Fault::Refused(error.to_string()))?;
                    }
                    Some(Err(fault)) => return Err(fault),
                    None => return Err(Fault::Lost),
                }
            }
            Err(Fault::Refused("the cluster sends us in circles".to_owned()))
        };
        let late = async {
            clock.sleep(CONNECT_PATIENCE).await;
            Err(Fault::Late)
        };
        opening.or(late).await
    }

    /// Connects to one address.
    pub(super) async fn at(
        address: &RedisAddress,
        login: &RedisConnectionInfo,
        settings: &RedisSettings,
        clock: &Clock,
    ) -> Result<(Connection, Driver), Fault> {
        let patience = Patience::new(clock.clone(), CONNECT_PATIENCE);
        let socket = settings
            .connect(address, &patience)
            .await
            .map_err(Fault::Unreachable)?;
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let (redis, driver) =
            MultiplexedConnection::new_with_config(login, socket.compat(), config)
                .await
                .map_err(|error| Fault::of(&error))?;
        let (end, open): (Sender<()>, _) = async_channel::bounded(1);
        let driver = Box::pin(async move {
            driver.await;
            drop(end);
        });
        let clock = clock.clone();
        Ok((Connection { redis, clock, open }, driver))
    }

    /// Fails if the key holds something else than a stream, or is not for us.
    async fn look(&self, key: &str) -> Result<(), Fault> {
        match self.ask(redis::cmd("TYPE").arg(key)).await? {
            Value::SimpleString(kind) if kind == "stream" || kind == "none" => Ok(()),
            _ => Err(Fault::Refused(format!("{key} is no stream"))),
        }
    }

    /// Completes when the connection has gone.
    pub(super) async fn closed(&self) {
        _ = self.open.recv().await;
    }

    /// Sends one command.
    pub(super) async fn ask(&self, command: &Cmd) -> Result<Value, Fault> {
        let mut redis = self.redis.clone();
        let asked = async { Ok(redis.send_packed_command(command).await) };
        let reply = asked.or(self.late(REPLY_PATIENCE)).await?;
        of_value(reply.map_err(|error| Fault::of(&error))?)
    }

    /// Sends several commands at once; what each was answered, errors included. May wait so much
    /// longer than usual.
    pub(super) async fn ask_all(
        &self,
        pipeline: &Pipeline,
        longer: Duration,
    ) -> Result<Vec<Value>, Fault> {
        let mut redis = self.redis.clone();
        let asked = async {
            Ok(redis
                .send_packed_commands(pipeline, 0, pipeline.len())
                .await)
        };
        let replies = asked.or(self.late(REPLY_PATIENCE + longer)).await?;
        replies.map_err(|error| Fault::of(&error))
    }

    async fn late<T>(&self, patience: Duration) -> Result<T, Fault> {
        self.clock.sleep(patience).await;
        Err(Fault::Late)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// Runs a driver beside its connection's work. The work ends, not the driver: it hears of the end of
/// the connection by what it asks next, and knows what it has not been answered.
pub(super) async fn drive<T>(driver: Driver, work: impl Future<Output = T>) -> T {
    let driver = async {
        driver.await;
        pending().await
    };
    work.or(driver).await
}

impl RedisSettings {
    /// A stream of bytes to Redis, of whatever kind.
    async fn connect(
        &self,
        address: &RedisAddress,
        patience: &Patience,
    ) -> io::Result<Box<dyn Duplex>> {
        Ok(match address {
            RedisAddress::Unix(path) => Box::new(net::connect_unix(path, patience).await?),
            RedisAddress::Tcp { host, port } => {
                Box::new(net::connect(host, *port, patience).await?)
            }
            #[cfg(feature = "tls")]
            RedisAddress::Tls { host, port } => {
                let nobody = || {
                    let reason = "nobody is trusted to vouch for it";
                    io::Error::new(io::ErrorKind::InvalidData, reason)
                };
                let tls = self.tls.as_ref().ok_or_else(nobody)?;
                let socket = net::connect(host, *port, patience).await?;
                Box::new(tls.connect(host, socket, patience).await?)
            }
        })
    }
}
