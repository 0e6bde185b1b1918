//! The command line.

use super::machine;

pub const USAGE: &str = "\
usage: million [COUNT] [--json]
       million step COUNT TOPICS

Serves COUNT simulated subscribers in one process (1,000,000), after a thousand, ten thousand, and
so on, each time with one topic and with ten subscribers on each. Prints a table, or with --json
everything as JSON. `step` serves COUNT on so many TOPICS and nothing else, and prints JSON.";

/// The first step.
const FIRST: u32 = 1_000;
/// The last one, unless it is said otherwise.
const DEFAULT: u32 = 1_000_000;
/// Memory that a subscriber may take: more than it does, with all that belongs to the simulation.
const SUBSCRIBER_BYTES: u64 = 1_024;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    count: u32,
    pub json: bool,
}

/// Reads the arguments, or says what is wrong with them.
pub fn parse(args: &[String]) -> Result<Options, String> {
    let mut options = Options {
        count: DEFAULT,
        json: false,
    };
    for arg in args {
        match arg.as_str() {
            "--json" => options.json = true,
            count => options.count = count.parse().map_err(|_| USAGE.to_owned())?,
        }
    }
    match options.count {
        0 => Err(USAGE.to_owned()),
        count => check_memory(count).map(|()| options),
    }
}

/// Refuses a crowd that would take more than half of the memory that is available.
pub fn check_memory(count: u32) -> Result<(), String> {
    let most = machine::available_bytes() / 2 / SUBSCRIBER_BYTES;
    match u64::from(count) <= most {
        true => Ok(()),
        false => Err(format!(
            "{count} subscribers may take 1 KiB each, and half of the memory that is available \
             has room for {most}"
        )),
    }
}

impl Options {
    /// The sizes of the crowd, step by step.
    pub fn sizes(&self) -> Vec<u32> {
        let powers = std::iter::successors(Some(FIRST), |size| size.checked_mul(10));
        let below = powers.take_while(|size| *size < self.count);
        below.chain([self.count]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn sizes(args: &[&str]) -> Vec<u32> {
        let args: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
        parse(&args).unwrap().sizes()
    }

    #[test]
    fn steps_lead_to_the_count() {
        assert_eq!(sizes(&[]), [1_000, 10_000, 100_000, 1_000_000]);
        assert_eq!(sizes(&["20000"]), [1_000, 10_000, 20_000]);
        assert_eq!(sizes(&["7"]), [7]);
    }

    #[test]
    fn nonsense_is_refused() {
        for wrong in ["0", "many", "--fast", "-1", "4294967295"] {
            assert!(parse(&[wrong.to_owned()]).is_err());
        }
    }
}
