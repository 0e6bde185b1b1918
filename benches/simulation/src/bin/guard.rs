//! Compares what the hub costs with what it has cost: `guard check`, `guard record`.

use std::env::{self, consts::ARCH};
use std::process::ExitCode;

use simulation::guard::figures::{Figure, Verdict};
use simulation::guard::record::{self, Record};
use simulation::guard::{count, lock, measure, table};

const USAGE: &str = "\
usage: guard check       takes all figures and compares them with the recorded ones
       guard record      takes all figures and records them
       guard repeat [N]  takes all figures N times (5) and shows how far they differ
       guard count NAME  runs one scenario; what the others call under callgrind";

fn main() -> ExitCode {
    let args: Vec<_> = env::args().skip(1).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["check"] => check(),
        ["record"] => record(),
        ["repeat"] => repeat(5),
        ["repeat", times] => times.parse().map_err(|_| USAGE.to_owned()).and_then(repeat),
        ["count", name] => count(name),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn check() -> Result<(), String> {
    let record = Record::read()?;
    if !record.is_ours() {
        println!(
            "the figures were recorded on {}, this is {ARCH}: nothing to compare",
            record.arch
        );
        return Ok(());
    }
    let figures = measure()?;
    print!("{}", table::compare(&figures, &record));
    for stranger in lock::strangers() {
        println!("benches/Cargo.lock builds the hub with {stranger}");
    }
    judge(&figures, &record)
}

fn judge(figures: &[Figure], record: &Record) -> Result<(), String> {
    let is = |verdict| move |f: &&Figure| f.verdict(record.get(f)) == verdict;
    let worse = figures.iter().filter(is(Verdict::Worse)).count();
    let unknown = figures.iter().filter(is(Verdict::NotRecorded)).count();
    if worse > 0 {
        return Err(format!(
            "{worse} of {} figures are worse than recorded; if that is the price of something \
             that is worth it, run `make guard-record` and say why in the commit",
            figures.len()
        ));
    }
    if unknown > 0 {
        return Err(format!(
            "{unknown} of {} figures are not recorded: run `make guard-record`",
            figures.len()
        ));
    }
    if figures.iter().any(|f| is(Verdict::Better)(&f)) {
        println!("better than recorded: run `make guard-record`, so that it stays so");
    }
    Ok(())
}

fn record() -> Result<(), String> {
    let (before, figures) = (Record::read()?, measure()?);
    print!("{}", table::compare(&figures, &before));
    record::write(&figures)?;
    println!("recorded in {}", record::file().display());
    Ok(())
}

fn repeat(times: usize) -> Result<(), String> {
    let runs: Vec<_> = (0..times).map(|_| measure()).collect::<Result<_, _>>()?;
    print!("{}", table::spread(&runs));
    Ok(())
}
