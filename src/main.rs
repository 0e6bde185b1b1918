//! The `ssehub` command: reads its settings, binds, and serves until a signal.

#![deny(unsafe_code)]

mod cli;

use std::io::ErrorKind;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use async_signal::{Signal, Signals};
use futures_lite::StreamExt as _;
use ssehub::http::Site;
use ssehub::limits::Limits;
use ssehub::server::{Address, Entrance, Listener, Server, Speech, Worker};
use ssehub::store::{Follower, RedisSettings};
use ssehub::tls::Acceptor;
use ssehub::{Clock, Hub, Log, Roster};

use cli::{Command, Settings};

fn main() -> ExitCode {
    let ended = match cli::command(std::env::args_os(), |name| std::env::var(name).ok()) {
        Ok(Command::Print(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Ok(Command::Serve(settings)) => serve(*settings),
        Ok(Command::Check(check)) => return check.run(),
        Ok(Command::Health(command)) => smol::block_on(command.run()),
        Ok(Command::Log(command)) => smol::block_on(command.run()),
        Ok(Command::Token(command)) => command.run(),
        Ok(Command::Key(command)) => command.run(),
        Err(error) => {
            eprintln!("ssehub: {error}\nTry `ssehub --help`.");
            return ExitCode::from(2);
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ssehub: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Makes everything that the settings ask for, and runs it until a signal.
fn serve(settings: Settings) -> Result<(), String> {
    cli::log_to_stderr(settings.log, settings.log_format);
    if let Some(config) = &settings.config {
        log::info!("settings are read from {}", config.display());
    }
    if let Some(port) = settings.platform_port {
        log::info!(
            "PORT={port} says where to listen, for everyone who can connect; --listen takes its place"
        );
    }
    std::panic::set_hook(Box::new(|panic| log::error!("a defect was met: {panic}")));
    let ready = settings.ready().map_err(cli::sentences)?;
    let (log, follower) = open_log(&settings, ready.redis)?;
    let secured = settings.tls.secured(ready.acceptor, ready.acme_roots)?;
    let (acceptor, renewing) = match secured {
        Some(secured) => (Some(secured.acceptor), secured.work),
        None => (None, None),
    };
    let entrances = bind(&settings, acceptor.as_ref())?;
    let addresses = addresses(&entrances)?;
    let admin_listeners = listeners(&settings.admin_listen, &settings)?;
    for listener in &admin_listeners {
        log::info!("metrics and health on {}", cli::url("http", listener));
    }
    let no_signals = |error| format!("cannot listen for signals: {error}");
    let signals = Signals::new([Signal::Term, Signal::Int]).map_err(no_signals)?;
    let mut reloads = Signals::new([Signal::Hup]).map_err(no_signals)?;
    let publishers = settings.access.publishers(&addresses, &settings.limits);
    let auth = Arc::new(settings.access.auth(publishers)?);
    let halves = Hub::with_pumps(log.clone(), settings.hub, settings.threads);
    let told = halves.first().filter(|_| settings.subscriptions);
    let (roster, announcer) = told.map(|(hub, _)| Roster::new(hub.clone())).unzip();
    let http = settings
        .http
        .auth(auth.clone())
        .limits(Arc::new(Limits::new(settings.limits)))
        .roster(roster)
        // By TLS, a page that has bound its own name to the address has no certificate for it.
        .loopback_only(acceptor.is_none() && cli::is_loopback(&addresses))
        .https(acceptor.is_some())
        .acceptor(acceptor.clone());

    let hub = halves[0].0.clone();
    let workers = halves
        .into_iter()
        .map(|(hub, pump)| Worker::new(hub, pump, http.clone()))
        .collect();
    let server = Server::new(workers, ready.connections);
    for listener in admin_listeners {
        let address = listener.address();
        let address = address.map_err(|error| format!("cannot tell where it listens: {error}"))?;
        let http = http.clone().loopback_only(cli::is_loopback(&[address]));
        let site = Site::admin(hub.clone(), http);
        beside(&server, server.clone().run_admin(listener, site));
    }
    if let Some(announcer) = announcer {
        beside(&server, announcer.run());
    }
    if let Some(follower) = follower {
        beside(&server, async move { follower.run().await });
    }
    if let Some(renewing) = renewing {
        beside(&server, renewing);
    }
    if let Some(acceptor) = acceptor.clone() {
        beside(
            &server,
            async move { acceptor.watch(&Clock::system()).await },
        );
    }
    for (authority, keys) in ready.fetched {
        let auth = auth.clone();
        beside(&server, async move { keys.keep(&auth, authority).await });
    }
    let (access, tls) = (settings.access, settings.tls);
    beside(&server, async move {
        while reloads.next().await.is_some() {
            cli::systemd::reloading();
            access.reload(&auth);
            if let Some(acceptor) = &acceptor {
                tls.reload(acceptor);
            }
            cli::systemd::ready();
        }
    });
    beside(&server, cli::systemd::watch(server.clone()));
    beside(&server, cli::tell_left_out());
    beside(&server, cli::give_back(log.clone()));
    // A task of its own, so that it is not polled at every wake-up of the executor.
    let serving = server.spawn(until_signal(
        server.clone(),
        entrances,
        signals,
        log.clone(),
        settings.drain,
    ));
    server.block_on(serving).map_err(|error| {
        if let Err(fault) = smol::block_on(log.flush()) {
            log::error!("not all is on the disk: {fault}");
        }
        error.to_string()
    })
}

/// Runs something for as long as the server does.
fn beside<T: Send + 'static>(server: &Server, work: impl Future<Output = T> + Send + 'static) {
    server.spawn(work).detach();
}

/// Serves until a signal says that it is enough, and leaves the log in order.
async fn until_signal(
    server: Server,
    entrances: Vec<Entrance>,
    mut signals: Signals,
    log: Log,
    drain: Duration,
) {
    let exiting = server.clone();
    let stop = async {
        cli::systemd::ready();
        signals.next().await;
        cli::systemd::stopping(drain);
        log::info!("stopping: no new connections, open ones have {drain:?}");
        beside(&exiting, exit_at_next(signals));
    };
    server.run(entrances, stop, drain).await;
    log.take_leave().await;
    match log.flush().await {
        Ok(()) => log::info!("stopped"),
        Err(fault) => log::error!("stopped, but not all is on the disk: {fault}"),
    }
}

/// Opens the log where the settings want it, and what must run for one that is elsewhere.
fn open_log(
    settings: &Settings,
    redis: Option<RedisSettings>,
) -> Result<(Log, Option<Follower>), String> {
    let (config, clock) = (settings.log_config(), Clock::system());
    if let Some(redis) = redis {
        let opened = smol::block_on(Log::redis(redis, config, clock));
        let (log, follower) = opened.map_err(|fault| fault.to_string())?;
        return Ok((log, Some(follower)));
    }
    let Some(path) = &settings.data else {
        return Ok((Log::memory(config, clock), None));
    };
    let log = Log::open(path, settings.durability, config, clock);
    Ok((log.map_err(|error| error.to_string())?, None))
}

/// Does not wait any longer once a second signal has come.
async fn exit_at_next(mut signals: Signals) {
    signals.next().await;
    log::warn!("stopped at once by a second signal");
    std::process::exit(1);
}

/// Binds every address; the first that cannot be bound ends the program.
fn bind(settings: &Settings, acceptor: Option<&Arc<Acceptor>>) -> Result<Vec<Entrance>, String> {
    let inherited = cli::systemd::sockets(settings.hub.heartbeat)?;
    let mut entrances = Vec::new();
    let left = |list: &[Address]| -> Vec<Address> {
        let left = list.iter().filter(|it| !inherited.takes(it));
        left.cloned().collect()
    };
    let (listen, redirect) = (left(&settings.listen), left(&settings.tls.redirect));
    let bound = listeners(&listen, settings)?;
    for listener in inherited.hub.into_iter().chain(bound) {
        let speech = cli::speech(&listener, acceptor);
        entrances.push(Entrance::new(listener, speech));
    }
    if acceptor.is_none() && !inherited.redirect.is_empty() {
        return Err("a socket that leads to HTTPS needs a certificate".to_owned());
    }
    if let Some(acceptor) = acceptor {
        let port = https_port(&entrances)?;
        let bound = listeners(&redirect, settings)?;
        for listener in inherited.redirect.into_iter().chain(bound) {
            let speech = cli::redirect(port, acceptor);
            entrances.push(Entrance::new(listener, speech));
        }
    }
    for entrance in &entrances {
        log::info!("listening on {}", cli::link(entrance));
    }
    Ok(entrances)
}

fn listeners(addresses: &[Address], settings: &Settings) -> Result<Vec<Listener>, String> {
    let mut listeners = Vec::new();
    for address in addresses {
        let bound = match address {
            Address::Unix(path) => {
                Listener::bind_unix(path, settings.socket_mode).map(|it| vec![it])
            }
            other => Listener::bind(other, settings.hub.heartbeat),
        };
        listeners.extend(bound.map_err(|error| cannot_listen(address, &error))?);
    }
    Ok(listeners)
}

/// What keeps a server from its address, and what to do.
fn cannot_listen(address: &Address, error: &std::io::Error) -> String {
    let hint = match (error.kind(), address) {
        (ErrorKind::AddrInUse, _) => ": another program listens there",
        (ErrorKind::PermissionDenied, Address::Tcp(_) | Address::Localhost(_)) => {
            ": a port below 1024 needs the right CAP_NET_BIND_SERVICE, or a socket of systemd"
        }
        _ => "",
    };
    format!("cannot listen on {address}: {error}{hint}")
}

/// Where the hub itself is to be found.
fn addresses(entrances: &[Entrance]) -> Result<Vec<Address>, String> {
    let hub = entrances
        .iter()
        .filter(|it| !matches!(it.speech, Speech::Redirect(_)));
    hub.map(|entrance| entrance.listener.address())
        .collect::<Result<_, _>>()
        .map_err(|error| format!("cannot tell where it listens: {error}"))
}

/// The port of the first entrance that speaks HTTPS.
fn https_port(entrances: &[Entrance]) -> Result<u16, String> {
    let mut secure = entrances
        .iter()
        .filter(|it| matches!(it.speech, Speech::Https(_)));
    match secure.next().map(|entrance| entrance.listener.address()) {
        Some(Ok(Address::Tcp(address))) => Ok(address.port()),
        _ => Err("a certificate needs an address with a port to listen on".to_owned()),
    }
}
