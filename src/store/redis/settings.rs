//! Where the Redis is, and how the log stands in it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use redis::{ConnectionAddr, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo};

use super::fault::Fault;
use super::sentinel::Sentinels;
use crate::clock::Clock;
use crate::clock::LONGEST;
#[cfg(feature = "tls")]
use crate::net::Tls;

/// Longest prefix of keys, in bytes.
const PREFIX_BYTES: usize = 200;

/// How long a hub that says nothing is taken to be alive, unless set.
const LEASE: Duration = Duration::from_secs(6);

/// The shortest lease: it is renewed three times while it lasts.
const SHORTEST_LEASE: Duration = Duration::from_millis(30);

/// Which Redis or Valkey keeps a log, and under which keys.
///
/// ```
/// use std::time::Duration;
/// use ssehub::store::{InvalidRedisUrl, RedisSettings};
/// let settings = RedisSettings::parse("redis://redis.example.com:6380/1")?
///     .password("secret")
///     .prefix("shop")?
///     .replicas(1)
///     .lease(Duration::from_secs(10));
/// assert_eq!(RedisSettings::parse("http://localhost").err(), Some(InvalidRedisUrl::Shape));
/// # Ok::<_, InvalidRedisUrl>(())
/// ```
#[derive(Clone)]
pub struct RedisSettings {
    pub(super) place: Place,
    pub(super) login: RedisConnectionInfo,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Tls>,
    pub(super) prefix: String,
    pub(super) replicas: u32,
    pub(super) seed: u64,
    pub(super) lease: Duration,
}

/// Where the Redis is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    At(RedisAddress),
    /// Where these say.
    By(Sentinels),
}

/// Where a Redis listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RedisAddress {
    Tcp {
        host: String,
        port: u16,
    },
    #[cfg(feature = "tls")]
    Tls {
        host: String,
        port: u16,
    },
    Unix(PathBuf),
}

impl RedisSettings {
    /// Reads `redis://[user[:password]@]host[:port][/database]`, with `rediss` for TLS;
    /// `redis+unix:///path[?db=…&user=…&pass=…]`; or
    /// `redis+sentinel://[user[:password]@]host[:port][,host[:port]…]/name[/database]`, with up to 16
    /// sentinels that say where the primary of this name is, and `rediss+sentinel` if it and they are
    /// reached by TLS.
    ///
    /// With TLS, [`tls`](RedisSettings::tls) must say who is trusted.
    pub fn parse(url: &str) -> Result<RedisSettings, InvalidRedisUrl> {
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let secret = match scheme {
            "redis+sentinel" | "valkey+sentinel" => false,
            "rediss+sentinel" | "valkeys+sentinel" => true,
            _ => return RedisSettings::of_one(url),
        };
        let (sentinels, primary) = Sentinels::parse(rest, secret)?;
        let settings = RedisSettings::of_one(&format!("redis://{primary}"))?;
        let place = Place::By(sentinels);
        Ok(RedisSettings { place, ..settings })
    }

    /// Those of a Redis whose own address the URL has.
    fn of_one(url: &str) -> Result<RedisSettings, InvalidRedisUrl> {
        // The client knows nothing of TLS, which is ours.
        let secret = ["rediss:", "valkeys:"]
            .iter()
            .find_map(|it| url.strip_prefix(it));
        let plain = secret.map(|rest| format!("redis:{rest}"));
        let info = plain
            .as_deref()
            .unwrap_or(url)
            .into_connection_info()
            .map_err(|_| InvalidRedisUrl::Shape)?;
        let address = match info.addr() {
            ConnectionAddr::Tcp(host, port) => {
                RedisAddress::of(host.clone(), *port, secret.is_some())?
            }
            ConnectionAddr::Unix(path) => RedisAddress::Unix(path.clone()),
            _ => return Err(InvalidRedisUrl::Shape),
        };
        let login = info.redis_settings().clone();
        let login = login.set_protocol(ProtocolVersion::RESP2);
        Ok(RedisSettings {
            place: Place::At(address),
            login: login.set_skip_set_lib_name(),
            #[cfg(feature = "tls")]
            tls: None,
            prefix: "ssehub".to_owned(),
            replicas: 0,
            seed: fastrand::u64(..),
            lease: LEASE,
        })
    }

    /// Whether the URL asks for TLS.
    pub fn wants_tls(&self) -> bool {
        match &self.place {
            Place::At(address) => address.is_secret(),
            Place::By(sentinels) => sentinels.is_secret(),
        }
    }

    /// Where the Redis is now.
    pub(super) async fn find(&self, clock: &Clock) -> Result<RedisAddress, Fault> {
        match &self.place {
            Place::At(address) => Ok(address.clone()),
            Place::By(sentinels) => sentinels.find(self, clock).await,
        }
    }

    /// Makes the connections confidential, if the URL asks for it.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, tls: Tls) -> RedisSettings {
        self.tls = Some(tls);
        self
    }

    /// Takes the password from elsewhere than the URL.
    pub fn password(mut self, password: &str) -> RedisSettings {
        self.login = self.login.set_password(password);
        self
    }

    /// Begins every key with this, in braces, so that a cluster keeps them together: 1 to 200 bytes
    /// without braces and control characters. `ssehub` unless set.
    pub fn prefix(mut self, prefix: &str) -> Result<RedisSettings, InvalidRedisUrl> {
        let is_odd = |letter: char| letter.is_control() || matches!(letter, '{' | '}');
        if prefix.is_empty() || prefix.len() > PREFIX_BYTES || prefix.contains(is_odd) {
            return Err(InvalidRedisUrl::Prefix);
        }
        prefix.clone_into(&mut self.prefix);
        Ok(self)
    }

    /// Answers a publisher only when so many replicas have its event, too.
    pub fn replicas(mut self, replicas: u32) -> RedisSettings {
        self.replicas = replicas;
        self
    }

    /// How long other hubs take this one to be alive after they last heard from it; then whoever was here
    /// has left. 6 seconds unless set, 30 milliseconds at least.
    pub fn lease(mut self, lease: Duration) -> RedisSettings {
        self.lease = lease.clamp(SHORTEST_LEASE, LONGEST);
        self
    }

    /// Where chance comes from.
    #[doc(hidden)]
    pub fn seed(mut self, seed: u64) -> RedisSettings {
        self.seed = seed;
        self
    }

    /// One of the log's keys.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{{{}}}:{name}", self.prefix)
    }
}

impl RedisAddress {
    /// The address of a host, by TLS or not.
    #[cfg(feature = "tls")]
    pub(super) fn of(
        host: String,
        port: u16,
        secret: bool,
    ) -> Result<RedisAddress, InvalidRedisUrl> {
        Ok(match secret {
            true => RedisAddress::Tls { host, port },
            false => RedisAddress::Tcp { host, port },
        })
    }

    /// The address of a host.
    #[cfg(not(feature = "tls"))]
    pub(super) fn of(
        host: String,
        port: u16,
        secret: bool,
    ) -> Result<RedisAddress, InvalidRedisUrl> {
        match secret {
            true => Err(InvalidRedisUrl::Tls),
            false => Ok(RedisAddress::Tcp { host, port }),
        }
    }

    /// Whether it is reached by TLS.
    pub(super) fn is_secret(&self) -> bool {
        match self {
            #[cfg(feature = "tls")]
            RedisAddress::Tls { .. } => true,
            RedisAddress::Tcp { .. } | RedisAddress::Unix(_) => false,
        }
    }
}

/// The password is nobody's business.
impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.prefix)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::At(address) => address.fmt(f),
            Place::By(sentinels) => sentinels.fmt(f),
        }
    }
}

impl fmt::Display for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = match self {
            RedisAddress::Unix(path) => return write!(f, "{}", path.display()),
            RedisAddress::Tcp { host, port } => (host, port),
            #[cfg(feature = "tls")]
            RedisAddress::Tls { host, port } => (host, port),
        };
        match host.contains(':') {
            true => write!(f, "[{host}]:{port}"),
            false => write!(f, "{host}:{port}"),
        }
    }
}

/// Why settings are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidRedisUrl {
    /// It is no URL of a Redis.
    Shape,
    /// It asks for TLS, which this program was built without.
    Tls,
    /// The prefix is empty, too long, or holds a brace or a control character.
    Prefix,
}

impl fmt::Display for InvalidRedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidRedisUrl::Shape => f.write_str(
                "a Redis is redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE], with rediss for TLS, \
                 redis+unix:///PATH, or redis+sentinel://[USER[:PASSWORD]@]HOST[:PORT][,…]/NAME[/DATABASE]",
            ),
            InvalidRedisUrl::Tls => f.write_str("this program has no TLS"),
            InvalidRedisUrl::Prefix => write!(
                f,
                "a prefix of keys has 1 to {PREFIX_BYTES} bytes and no braces or control characters"
            ),
        }
    }
}

impl std::error::Error for InvalidRedisUrl {}
