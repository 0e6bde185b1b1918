//! The `ssehub` command: reads its settings, binds, and serves until a signal.

#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;
use std::sync::Arc;

use async_signal::{Signal, Signals};
use futures_lite::StreamExt as _;
use ssehub::http::{HttpConfig, Site};
use ssehub::limits::Limits;
use ssehub::server::{Address, Listener, Server, Worker};
use ssehub::store::Follower;
use ssehub::{Clock, Hub, Log, Roster};

use cli::{Command, Settings};

/// Descriptors that are not connections: listeners, the reactor's own, files, standard streams.
const SPARE_DESCRIPTORS: usize = 64;

fn main() -> ExitCode {
    let ended = match cli::command(std::env::args_os(), |name| std::env::var(name).ok()) {
        Ok(Command::Print(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Ok(Command::Serve(settings)) => serve(*settings),
        Ok(Command::Check(check)) => return check.run(),
        Ok(Command::Health(command)) => command.run(),
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

fn serve(settings: Settings) -> Result<(), String> {
    cli::log_to_stderr(settings.log, settings.log_format);
    if let Some(config) = &settings.config {
        log::info!("settings are read from {}", config.display());
    }
    std::panic::set_hook(Box::new(|panic| log::error!("a defect was met: {panic}")));
    let connections = connection_limit(settings.connections)?;
    readable(&settings)?;
    let (log, follower) = open_log(&settings)?;
    let listeners = bind(&settings, &settings.listen, "listening on")?;
    let admin_listeners = bind(&settings, &settings.admin_listen, "metrics and health on")?;
    let no_signals = |error| format!("cannot listen for signals: {error}");
    let mut signals = Signals::new([Signal::Term, Signal::Int]).map_err(no_signals)?;
    let mut reloads = Signals::new([Signal::Hup]).map_err(no_signals)?;
    let auth = Arc::new(settings.access.auth(&settings.listen)?);
    let halves = Hub::with_pumps(log.clone(), settings.hub, settings.threads);
    let told = halves.first().filter(|_| settings.subscriptions);
    let (roster, announcer) = told.map(|(hub, _)| Roster::new(hub.clone())).unzip();
    let fetched = settings.access.fetched()?;
    let http = HttpConfig {
        auth: auth.clone(),
        limits: Arc::new(Limits::new(settings.limits)),
        roster,
        ..settings.http
    };

    let hub = halves[0].0.clone();
    let workers = halves
        .into_iter()
        .map(|(hub, pump)| Worker::new(hub, pump, http.clone()))
        .collect();
    let server = Server::new(workers, connections);
    if let Some(announcer) = announcer {
        server.spawn(announcer.run()).detach();
    }
    if let Some(follower) = follower {
        server.spawn(async move { follower.run().await }).detach();
    }
    for listener in admin_listeners {
        let site = Site::admin(hub.clone(), http.clone());
        server
            .spawn(server.clone().run_admin(listener, site))
            .detach();
    }
    for (authority, keys) in fetched {
        let auth = auth.clone();
        let keeping = async move { keys.keep(&auth, authority).await };
        server.spawn(keeping).detach();
    }
    let access = settings.access;
    let reloading = server.spawn(async move {
        while reloads.next().await.is_some() {
            access.reload(&auth);
        }
    });
    reloading.detach();
    let serving = server.clone();
    let main = async move {
        let stop = async {
            signals.next().await;
            log::info!(
                "stopping: no new connections, open ones have {:?}",
                settings.drain
            );
            serving.spawn(exit_at_next(signals)).detach();
        };
        serving.run(listeners, stop, settings.drain).await;
        log.take_leave().await;
        match log.flush().await {
            Ok(()) => log::info!("stopped"),
            Err(fault) => log::error!("stopped, but not all is on the disk: {fault}"),
        }
    };
    // A task of its own, so that it is not polled at every wake-up of the executor.
    let main = server.spawn(main);
    server
        .block_on(main)
        .map_err(|error| format!("cannot start a thread: {error}"))
}

/// Whether the folder of the page's files is one.
fn readable(settings: &Settings) -> Result<(), String> {
    let Some(folder) = &settings.http.static_dir else {
        return Ok(());
    };
    match std::fs::read_dir(folder) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("cannot read {}: {error}", folder.display())),
    }
}

/// Opens the log where the settings want it, and what must run for one that is elsewhere.
fn open_log(settings: &Settings) -> Result<(Log, Option<Follower>), String> {
    let (config, clock) = (settings.log_config(), Clock::system());
    if let Some(redis) = settings.redis()? {
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

/// Binds these addresses; the first that cannot be bound ends the program.
fn bind(settings: &Settings, addresses: &[Address], what: &str) -> Result<Vec<Listener>, String> {
    let mut listeners = Vec::new();
    for address in addresses {
        let bound = Listener::bind(address, settings.hub.heartbeat)
            .map_err(|error| format!("cannot listen on {address}: {error}"))?;
        for listener in &bound {
            if let Ok(address) = listener.address() {
                log::info!("{what} {}", cli::link(&address));
            }
        }
        listeners.extend(bound);
    }
    Ok(listeners)
}

/// Makes room for as many connections as are asked for, or as the system allows.
fn connection_limit(asked: Option<usize>) -> Result<usize, String> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    _ = setrlimit(Resource::Nofile, raised);
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX) as usize;
    let allowed = descriptors.saturating_sub(SPARE_DESCRIPTORS);
    match asked {
        None => Ok(allowed),
        Some(asked) if asked <= allowed => Ok(asked),
        Some(asked) => Err(format!(
            "{asked} connections need more than the {descriptors} file descriptors that the \
             system allows (ulimit -n)"
        )),
    }
}
