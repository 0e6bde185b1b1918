//! One order of a certificate, step by step (RFC 8555, section 7.4).

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_lite::FutureExt as _;
use futures_rustls::rustls::ClientConfig;
use rcgen::{CertificateParams, DistinguishedName, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls_acme::acme::{
    Account, AcmeError, Auth, AuthStatus, Directory, Identifier, Order, OrderStatus,
};

use super::Automatic;
use crate::clock::Clock;

/// How often one request is sent, at once, while the authority rejects its nonce (RFC 8555, section 6.5).
const NONCE_TRIES: usize = 20;

/// How long the authority may take for one request, its nonce included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// How often the authority is asked whether it has verified a name, or made the certificate, and the first pause
/// between two times; each further one is twice as long, so that this takes 17 minutes at most.
const POLLS: u32 = 10;
const FIRST_POLL_PAUSE: Duration = Duration::from_secs(1);

/// Places certificate orders with one authority.
pub(super) struct Orders {
    pub(super) domains: Vec<String>,
    pub(super) contacts: Vec<String>,
    pub(super) directory: String,
    /// How the authority's own server is verified.
    pub(super) client: Arc<ClientConfig>,
    pub(super) clock: Clock,
    pub(super) automatic: Arc<Automatic>,
}

/// Why there is no certificate, in words for the operator.
#[derive(Debug)]
pub(super) struct Failure(String);

impl Orders {
    /// Gets a certificate for a new key; both in PEM, the key first. `account` is the account's key.
    pub(super) async fn order(&self, account: &[u8]) -> Result<Vec<u8>, Failure> {
        let client = &self.client;
        let directory = self
            .ask(|| Directory::discover(client, &self.directory))
            .await?;
        let account = self
            .ask(|| {
                Account::create_with_keypair(client, directory.clone(), &self.contacts, account)
            })
            .await?;
        let (url, mut order) = self
            .ask(|| account.new_order(client, self.domains.clone()))
            .await?;
        for authorization in &order.authorizations {
            let proved = self.prove(&account, authorization).await;
            self.automatic.set_challenge(None);
            proved?;
        }
        order = self.ask(|| account.order(client, &url)).await?;
        let mut params = CertificateParams::new(self.domains.clone()).map_err(Failure::of)?;
        params.distinguished_name = DistinguishedName::new();
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(Failure::of)?;
        let request = params.serialize_request(&key).map_err(Failure::of)?;
        let mut pauses = pauses();
        let certificate = loop {
            match order.status {
                OrderStatus::Valid { certificate } => break certificate,
                OrderStatus::Invalid => return Err(Failure::of_order(order)),
                OrderStatus::Ready => {
                    let finalize = &order.finalize;
                    order = self
                        .ask(|| account.finalize(client, finalize, request.der()))
                        .await?;
                    continue;
                }
                OrderStatus::Pending | OrderStatus::Processing => {}
            }
            let pause = pauses.next();
            let pause = pause.ok_or_else(|| Failure::of("the order takes too long"))?;
            self.clock.sleep(pause).await;
            order = self.ask(|| account.order(client, &url)).await?;
        };
        let chain = self
            .ask(|| account.certificate(client, &certificate))
            .await?;
        Ok([key.serialize_pem(), chain].join("\n").into_bytes())
    }

    /// Proves to the authority that a name leads here, unless it still knows.
    async fn prove(&self, account: &Account, authorization: &str) -> Result<(), Failure> {
        let client = &self.client;
        let mut auth = self.ask(|| account.auth(client, authorization)).await?;
        let Identifier::Dns(name) = auth.identifier.clone();
        if let AuthStatus::Pending = auth.status {
            let (challenge, answer) = account.tls_alpn_01(&auth.challenges, name.clone())?;
            let shown = Some((name.clone(), Arc::new(answer)));
            self.automatic.set_challenge(shown);
            self.ask(|| account.challenge(client, &challenge.url))
                .await?;
        }
        let mut pauses = pauses();
        while let AuthStatus::Pending = auth.status {
            let Some(pause) = pauses.next() else {
                return Err(Failure(format!("the authority does not verify {name}")));
            };
            self.clock.sleep(pause).await;
            auth = self.ask(|| account.auth(client, authorization)).await?;
        }
        match auth.status {
            AuthStatus::Valid => Ok(()),
            _ => Err(Failure::of_authorization(&name, auth)),
        }
    }

    async fn ask<T, F>(&self, request: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, AcmeError>>,
    {
        Ok(retry_nonce(&self.clock, request).await?)
    }
}

/// Sends a request, and sends it again at once while the authority rejects its nonce: each time with a fresh one,
/// which the library asks the authority for.
async fn retry_nonce<T, F>(clock: &Clock, request: impl Fn() -> F) -> Result<T, AcmeError>
where
    F: Future<Output = Result<T, AcmeError>>,
{
    let mut tries = 1;
    loop {
        let late = async {
            clock.sleep(REQUEST_TIMEOUT).await;
            Err(io::Error::from(io::ErrorKind::TimedOut).into())
        };
        match request().or(late).await {
            Err(error) if is_rejected_nonce(&error) && tries < NONCE_TRIES => {
                log::debug!("the authority rejects a nonce; the request is sent again");
                tries += 1;
            }
            answered => return answered,
        }
    }
}

/// Whether this answer is the one of RFC 8555, section 6.5. The library shows the problem's type in its sentence
/// alone.
fn is_rejected_nonce(error: &AcmeError) -> bool {
    let sentence = error.to_string();
    sentence.contains("urn:ietf:params:acme:error:badNonce")
}

fn pauses() -> impl Iterator<Item = Duration> {
    (0..POLLS).map(|doubled| FIRST_POLL_PAUSE * 2_u32.pow(doubled))
}

impl Failure {
    pub(super) fn of(cause: impl fmt::Display) -> Failure {
        Failure(cause.to_string())
    }

    fn of_order(order: Order) -> Failure {
        let problem = order.error.and_then(|problem| problem.detail);
        let problem = problem.unwrap_or_else(|| "it gives no reason".to_owned());
        Failure(format!("the authority refuses the order: {problem}"))
    }

    fn of_authorization(name: &str, auth: Auth) -> Failure {
        let mut problems = auth.challenges.into_iter().filter_map(|it| it.error);
        let problem = problems.find_map(|problem| problem.detail);
        let problem = problem.unwrap_or_else(|| format!("{:?}", auth.status));
        Failure(format!("the authority cannot verify {name}: {problem}"))
    }
}

impl From<AcmeError> for Failure {
    fn from(error: AcmeError) -> Failure {
        Failure::of(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;

    use futures_lite::future::{block_on, poll_once};
    use rustls_acme::acme::AcmeError;

    use super::{Clock, NONCE_TRIES, REQUEST_TIMEOUT, retry_nonce};

    /// What comes of requests that fail with this text until so many were sent, and how many were.
    fn ask(failure: &'static str, good: usize) -> (Result<(), String>, usize) {
        let sent = Cell::new(0);
        let request = async || {
            sent.set(sent.get() + 1);
            match sent.get() == good {
                true => Ok(()),
                false => Err(AcmeError::from(io::Error::other(failure))),
            }
        };
        let clock = Clock::manual(0);
        let answered = block_on(poll_once(retry_nonce(&clock, request)));
        let answered = answered.expect("a request waits");
        (answered.map_err(|error| error.to_string()), sent.get())
    }

    const REJECTED: &str = r#"400 {"type":"urn:ietf:params:acme:error:badNonce"}"#;

    #[test]
    fn a_request_is_sent_again_at_once_while_its_nonce_is_rejected() {
        assert_eq!(ask(REJECTED, 1), (Ok(()), 1));
        assert_eq!(ask(REJECTED, 3), (Ok(()), 3));
        assert_eq!(ask(REJECTED, NONCE_TRIES), (Ok(()), NONCE_TRIES));
        let (answered, sent) = ask(REJECTED, NONCE_TRIES + 1);
        assert_eq!((answered.is_err(), sent), (true, NONCE_TRIES));
    }

    #[test]
    fn other_failures_are_final() {
        let (answered, sent) = ask("urn:ietf:params:acme:error:rateLimited", 2);
        assert_eq!((answered.is_err(), sent), (true, 1));
    }

    #[test]
    fn an_authority_that_says_nothing_is_not_waited_for() {
        let clock = Clock::manual(0);
        let silent = std::future::pending::<Result<(), AcmeError>>;
        let mut asked = Box::pin(retry_nonce(&clock, silent));
        assert!(block_on(poll_once(&mut asked)).is_none());
        clock.advance(REQUEST_TIMEOUT);
        assert!(block_on(poll_once(&mut asked)).is_some_and(|it| it.is_err()));
    }
}
