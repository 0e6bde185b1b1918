//! Measures every server in turn, round after round, so that a drift of the machine hits all.

use crate::machine::{Others, wait_for_calm};
use crate::options::Options;
use crate::progress::Progress;
use crate::sample::Sample;
use crate::scenarios::{Scenario, Stage};
use crate::servers::{Server, find};

/// The figures of one round, or a sentence that says why there are none.
pub type Round = std::result::Result<Sample, String>;

/// All rounds of one server in one scenario at one size.
pub struct Result {
    pub scenario: &'static Scenario,
    pub size: usize,
    pub server: &'static Server,
    pub rounds: Vec<Round>,
}

/// A server that could not take part, and why.
pub struct Missing {
    pub server: &'static Server,
    pub why: String,
}

/// Splits the servers into those that can be had and those that cannot.
pub fn look(servers: &[&'static Server]) -> (Vec<&'static Server>, Vec<Missing>) {
    let (mut present, mut missing) = (Vec::new(), Vec::new());
    for &server in servers {
        match find::program(server.program) {
            Ok(_) => present.push(server),
            Err(why) => missing.push(Missing { server, why }),
        }
    }
    (present, missing)
}

/// Runs everything; `after` sees the results so far whenever a scenario is done.
pub fn run(
    options: &Options,
    servers: &[&'static Server],
    mut after: impl FnMut(&[Result]),
) -> Vec<Result> {
    let mut results = plan(options, servers);
    let progress = Progress::new(results.len() * options.scale.rounds);
    let mut from = 0;
    while from < results.len() {
        let (scenario, size) = (results[from].scenario, results[from].size);
        let same = |r: &Result| std::ptr::eq(r.scenario, scenario) && r.size == size;
        let count = results[from..].iter().take_while(|r| same(r)).count();
        for round in 1..=options.scale.rounds {
            for result in &mut results[from..from + count] {
                measure(options, &progress, round, result);
            }
        }
        from += count;
        after(&results[..from]);
    }
    results
}

fn plan(options: &Options, servers: &[&'static Server]) -> Vec<Result> {
    let mut results = Vec::new();
    for &scenario in &options.scenarios {
        for size in (scenario.sizes)(&options.scale) {
            let able = servers
                .iter()
                .copied()
                .filter(|server| (scenario.suits)(server));
            results.extend(able.map(|server| Result {
                scenario,
                size,
                server,
                rounds: Vec::new(),
            }));
        }
    }
    results
}

fn measure(options: &Options, progress: &Progress, round: usize, result: &mut Result) {
    let (scenario, server, size) = (result.scenario, result.server, result.size);
    let rounds = options.scale.rounds;
    progress.step(&format!(
        "{} {size}, {}, round {round} of {rounds}",
        scenario.name, server.name
    ));
    wait_for_calm(options.calm, progress);
    let others = Others::watch();
    let stage = Stage {
        server,
        scale: &options.scale,
        progress,
    };
    let mut outcome = (scenario.run)(&stage, size);
    if let Ok(sample) = &mut outcome {
        sample.put("others_cpu_share", others.share());
    }
    match &outcome {
        Ok(sample) => progress.say(&format!("  {}", headline(sample))),
        Err(why) => progress.say(&format!("  failed: {why}")),
    }
    result.rounds.push(outcome);
}

/// The few figures worth seeing while the run goes on.
fn headline(sample: &Sample) -> String {
    const FIGURES: [(&str, &str); 18] = [
        ("connects_per_s", "connects/s"),
        ("rss_per_subscriber_bytes", "B each"),
        ("cpu_us_per_delivery", "µs/delivery"),
        ("deliveries_per_s", "deliveries/s"),
        ("publishes_per_s", "publishes/s"),
        ("open_us", "µs/publish"),
        ("api_key_ratio", "times with an API key"),
        ("hs256_ratio", "with HS256"),
        ("es256_ratio", "with ES256"),
        ("es256_different_ratio", "with ES256, all different"),
        ("caught_up_s", "s to catch up"),
        ("latency_p99_ms", "ms p99"),
        ("lost", "lost"),
        ("dropped", "dropped"),
        ("start_ms", "ms to start"),
        ("rss_peak_mb", "MB peak"),
        ("generator_us_per_delivery", "µs/delivery by the generator"),
        ("others_cpu_share", "of the machine used by others"),
    ];
    let figure = |(name, unit): &(&str, &str)| {
        Some(format!(
            "{} {unit}",
            crate::report::number(sample.get(name)?)
        ))
    };
    FIGURES
        .iter()
        .filter_map(figure)
        .collect::<Vec<_>>()
        .join(", ")
}
