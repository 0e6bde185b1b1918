//! Runs the benchmark.

use std::process::ExitCode;

use hubbench::options::{self, Options};
use hubbench::servers::running;
use hubbench::{report, run, scenarios, servers};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn main() -> ExitCode {
    let options = match options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    if options.list {
        list();
        return ExitCode::SUCCESS;
    }
    let interrupted = ctrlc::set_handler(|| {
        running::kill_all();
        std::process::exit(130);
    });
    if let Err(e) = interrupted {
        eprintln!("Ctrl-C will leave servers behind: {e}");
    }
    raise_descriptor_limit();
    servers::scratch::sweep();
    bench(&options)
}

fn bench(options: &Options) -> ExitCode {
    let (present, missing) = run::look(&options.servers);
    for missing in &missing {
        eprintln!("{} is missing: {}", missing.server.name, missing.why);
    }
    let mut problem = None;
    run::run(options, &present, |results| {
        problem = report::write(options, results, &missing).err();
    });
    match problem {
        None => ExitCode::SUCCESS,
        Some(e) => {
            eprintln!("writing to {}: {e}", options.out.display());
            ExitCode::FAILURE
        }
    }
}

fn list() {
    println!("scenarios");
    for scenario in scenarios::all() {
        println!("  {:<18}{}", scenario.name, scenario.about);
    }
    println!("servers");
    for server in servers::all() {
        let state = match servers::find::program(server.program) {
            Ok(file) => file.display().to_string(),
            Err(why) => format!("missing: {why}"),
        };
        println!("  {:<18}{state}", server.name);
    }
}

/// Thousands of sockets need more than the usual 1,024; servers inherit the limit.
fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            ..limit
        },
    );
}
