//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use crate::scale::{FULL, SMALL, Scale};
use crate::scenarios::{self, Scenario};
use crate::servers::{self, Server};

pub const USAGE: &str = "\
usage: hubbench [--scale small|full] [--only SCENARIO,…] [--servers SERVER,…] [--rounds N]
                [--calm SECONDS] [--out DIR] [--list]

  --scale    small (default; two minutes) or full
  --only     scenarios to run; default: all for full, fanout,saturation,credentials,
              startup for small
  --servers  servers to measure; default: all that can be had
  --rounds   how often each is measured, in turn with the others
  --calm     wait so long for others to leave the machine alone before each measurement;
             default: 0 for small, 10 for full
  --out      where benchmarks.json, benchmarks-table.md and the charts go; default ../docs
  --list     the scenarios and servers, and which of them can be had";

/// What is to be done.
pub struct Options {
    pub scale: Scale,
    pub scenarios: Vec<&'static Scenario>,
    pub servers: Vec<&'static Server>,
    pub calm: Duration,
    pub out: PathBuf,
    pub list: bool,
}

/// Scenarios of a quick look.
const QUICK_LOOK: [&str; 4] = ["fanout", "saturation", "credentials", "startup"];

/// Reads the arguments, or says what is wrong with them.
pub fn parse(args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut args = args;
    let (mut scale, mut rounds, mut out, mut list) = (SMALL, None, None, false);
    let mut calm = None;
    let (mut only, mut names): (Option<String>, Option<String>) = (None, None);
    while let Some(name) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--scale" => scale = scale_called(&value()?)?,
            "--only" => only = Some(value()?),
            "--servers" => names = Some(value()?),
            "--rounds" => rounds = Some(value()?.parse().map_err(|_| "--rounds needs a number")?),
            "--calm" => calm = Some(value()?.parse().map_err(|_| "--calm needs seconds")?),
            "--out" => out = Some(PathBuf::from(value()?)),
            "--list" => list = true,
            _ => return Err(format!("`{name}` is not an option\n{USAGE}")),
        }
    }
    let is_small = scale.name == SMALL.name;
    let only = only.or_else(|| is_small.then(|| QUICK_LOOK.join(",")));
    scale.rounds = rounds.unwrap_or(scale.rounds);
    Ok(Options {
        scale,
        scenarios: pick(scenarios::all(), only.as_deref(), |scenario| scenario.name)?,
        servers: pick(servers::all(), names.as_deref(), |server| server.name)?,
        calm: Duration::from_secs(calm.unwrap_or(if is_small { 0 } else { 10 })),
        out: out.unwrap_or_else(|| servers::find::home().join("../docs")),
        list,
    })
}

fn scale_called(name: &str) -> Result<Scale, String> {
    [SMALL, FULL]
        .into_iter()
        .find(|scale| scale.name == name)
        .ok_or_else(|| format!("there is no scale `{name}`"))
}

/// The entries named in a list with commas, in the table's order; all without a list.
fn pick<T>(
    all: &'static [T],
    names: Option<&str>,
    name_of: fn(&T) -> &'static str,
) -> Result<Vec<&'static T>, String> {
    let Some(names) = names else {
        return Ok(all.iter().collect());
    };
    let names: Vec<_> = names.split(',').filter(|name| !name.is_empty()).collect();
    match names
        .iter()
        .find(|name| !all.iter().any(|entry| name_of(entry) == **name))
    {
        Some(unknown) => Err(format!("`{unknown}` is not known; --list shows what is")),
        None => Ok(all
            .iter()
            .filter(|entry| names.contains(&name_of(entry)))
            .collect()),
    }
}
