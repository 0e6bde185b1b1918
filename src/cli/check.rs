//! `ssehub check`: says whether a server could be run with these settings.

mod doubts;

use std::process::ExitCode;

use super::access::Publishers;
use super::layers::Told;

pub(super) const HELP: &str = "\
Say whether a server could be run with these settings, without running it.

Usage: ssehub check [--config FILE] [OPTION VALUE]...

Takes the options of the server, reads its environment, and looks at everything as the server does before
it begins: each value, the files and folders that are named, the keys in them, the addresses, and settings
that do not go together. A server may be running meanwhile. For files that only some user can read, it must
be run as that user. What only a start can tell is left: whether a port is free or needs a right, whether
Redis answers, and whether all of the log can be read.

What a server would not start with is an error, a line for each on standard error, and ends with status
2. What it would start with, but what can hardly be meant, is a warning, and ends with status 0.
";

/// The exit code for settings with which no server starts, as for wrong options.
const WRONG: u8 = 2;

/// Settings to look at.
#[derive(Debug)]
pub(crate) struct Check {
    told: Told,
}

impl Check {
    pub(super) fn of(told: Told) -> Check {
        Check { told }
    }

    /// Looks, and says what there is to say.
    pub(crate) fn run(self) -> ExitCode {
        let errors = self.told.errors();
        for error in &errors {
            eprintln!("error: {error}");
        }
        // What is wrong is often the reason for what looks doubtful.
        if !errors.is_empty() {
            return ExitCode::from(WRONG);
        }
        for doubt in doubts::of(&self.told) {
            eprintln!("warning: {doubt}");
        }
        let settings = &self.told.settings;
        let publishers = settings
            .access
            .publishers(&settings.listen, &settings.limits);
        // A warning has said the rest.
        if publishers != Publishers::Nobody {
            println!("{publishers}");
        }
        println!("the settings are good");
        ExitCode::SUCCESS
    }
}

#[cfg(test)]
mod tests;
