//! Which Redis keeps the log, if one does.

use std::fmt;
use std::path::PathBuf;

use ssehub::net::{Roots, Tls};
use ssehub::store::RedisSettings;

use super::Settings;

/// What the command line says of Redis.
#[derive(Debug)]
pub(crate) struct RedisOptions {
    pub(super) url: Option<SecretUrl>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) prefix: String,
    pub(super) replicas: usize,
}

impl Default for RedisOptions {
    fn default() -> RedisOptions {
        RedisOptions {
            url: None,
            password_file: None,
            prefix: "ssehub".to_owned(),
            replicas: 0,
        }
    }
}

/// A URL that may hold a password, and so is never shown.
pub(super) struct SecretUrl(pub(super) String);

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Settings {
    /// The Redis that keeps the log; `None` if it lives elsewhere.
    pub(crate) fn redis(&self) -> Result<Option<RedisSettings>, String> {
        let options = &self.redis;
        let Some(SecretUrl(url)) = &options.url else {
            return Ok(None);
        };
        let mut redis = RedisSettings::parse(url).map_err(|error| format!("--redis: {error}"))?;
        if redis.wants_tls() {
            let tls = Roots::of_system().and_then(Tls::client);
            redis = redis.tls(tls.map_err(|error| format!("--redis: {error}"))?);
        }
        if let Some(path) = &options.password_file {
            let password = std::fs::read_to_string(path)
                .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            redis = redis.password(password.trim_end_matches(['\r', '\n']));
        }
        let prefixed = redis.prefix(&options.prefix);
        let redis = prefixed.map_err(|error| format!("--redis-prefix: {error}"))?;
        Ok(Some(redis.replicas(options.replicas as u32)))
    }
}
