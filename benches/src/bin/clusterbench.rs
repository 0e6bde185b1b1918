//! Measures one, two and three hubs on a Redis, and what Redis costs a publish, in about a minute.

use std::process::ExitCode;

use hubbench::cluster::{self, Log};
use hubbench::machine::Others;
use hubbench::servers::{self, running, scratch};

/// The logs that are compared; the first is one hub by itself.
const LOGS: [Log; 4] = [
    Log::Memory,
    Log::Redis(None),
    Log::Redis(Some("everysec")),
    Log::Redis(Some("always")),
];

/// Numbers of hubs, and of publishers.
const HUBS: [usize; 3] = [1, 2, 3];
const PUBLISHERS: [usize; 2] = [1, 64];

fn main() -> ExitCode {
    let interrupted = ctrlc::set_handler(|| {
        running::kill_all();
        std::process::exit(130);
    });
    if let Err(e) = interrupted {
        eprintln!("Ctrl-C will leave servers behind: {e}");
    }
    scratch::sweep();
    let others = Others::watch();
    let done = deliveries().and_then(|()| publishes());
    println!(
        "\nOthers used {:.0} % of the machine meanwhile.",
        others.share() * 1e2
    );
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn deliveries() -> Result<(), String> {
    println!(
        "| hubs | log | deliveries | lost | CPU of the hubs per delivery, µs | ratio | CPU of Redis per event, µs |"
    );
    println!("|---:|---|---:|---:|---:|---:|---:|");
    let cases = HUBS.map(|hubs| (hubs, Log::Redis(Some("always"))));
    let mut alone = None;
    for (hubs, log) in [(1, Log::Memory)].into_iter().chain(cases) {
        let it = cluster::deliver(servers::hub(), log, hubs)?;
        let ratio = it.hubs_us_each / *alone.get_or_insert(it.hubs_us_each);
        println!(
            "| {hubs} | {} | {} | {} | {:.2} | {ratio:.2} | {:.0} |",
            log.title(),
            it.received,
            it.lost,
            it.hubs_us_each,
            it.redis_us_per_event
        );
    }
    Ok(())
}

fn publishes() -> Result<(), String> {
    println!(
        "\n| publishers | log | publishes/s | answered after, ms: half | 99 % | CPU of the hub per publish, µs | of Redis, µs |"
    );
    println!("|---:|---|---:|---:|---:|---:|---:|");
    for count in PUBLISHERS {
        for log in LOGS {
            let it = cluster::publish(servers::hub(), log, count)?;
            println!(
                "| {count} | {} | {:.0} | {:.2} | {:.2} | {:.0} | {:.0} |",
                log.title(),
                it.per_s,
                it.half_ms,
                it.p99_ms,
                it.hub_us_each,
                it.redis_us_each
            );
        }
    }
    Ok(())
}
