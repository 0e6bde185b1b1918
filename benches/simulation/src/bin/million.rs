//! Serves a million simulated subscribers and says what each costs.

use std::env;
use std::process::ExitCode;

use serde_json::json;
use simulation::million::{self, options, step, table};

fn main() -> ExitCode {
    let args: Vec<_> = env::args().skip(1).collect();
    let done = match &args[..] {
        [word, size, topics] if word == "step" => one_step(size, topics),
        args => all_steps(args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn all_steps(args: &[String]) -> Result<(), String> {
    let options = options::parse(args)?;
    if options.json {
        let steps = million::run(&options, |_| {})?;
        println!("{:#}", json!({ "steps": steps }));
        return Ok(());
    }
    println!("{}", table::heading());
    million::run(&options, |figures| println!("{}", table::row(figures)))?;
    println!("\n{}", table::LEGEND);
    Ok(())
}

fn one_step(size: &str, topics: &str) -> Result<(), String> {
    let number = |text: &str| match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(options::USAGE.to_owned()),
    };
    let (size, topics) = (number(size)?, number(topics)?);
    options::check_memory(size)?;
    let figures = step::run(size, topics)?;
    println!("{}", json!(figures));
    Ok(())
}
