//! Files that are made from the settings and the help: the example of a configuration file, its page in
//! docs/, the man page and the completions.
//!
//! They are in the repository, so that the binary does not carry what makes them. `make generate` writes
//! them, and `cargo test` compares.

mod bash;
mod conf;
mod fish;
mod man;
mod page;
mod zsh;

use super::options::Takes;
use super::settings::{SETTINGS, Setting};
use super::{check, health, key, log, token};

/// Set to anything, it has the files written and not compared.
const WRITE: &str = "SSEHUB_GENERATE";

/// A word or two that make a command, its help, and what it takes besides the server's options.
struct Command {
    words: &'static str,
    says: &'static str,
    help: &'static str,
    options: Vec<&'static str>,
    is_server: bool,
}

/// Every command, those of two words behind the first of them.
fn commands() -> Vec<Command> {
    let takes = |words, says, help, takes: &Takes| Command {
        words,
        says,
        help,
        options: [takes.options, takes.flags].concat(),
        is_server: false,
    };
    let of_log = |words: &'static str, says| Command {
        words,
        says,
        help: log::HELP,
        options: log::options_of(words.trim_start_matches("log ")).to_vec(),
        is_server: false,
    };
    vec![
        Command {
            words: "check",
            says: "Say whether a server could be run with these settings",
            help: check::HELP,
            options: Vec::new(),
            is_server: true,
        },
        takes(
            "health",
            "Ask a running server whether it is well",
            health::HELP,
            &health::TAKES,
        ),
        of_log("log", "Read and write event logs"),
        of_log("log list", "Print what an event log holds"),
        of_log("log export", "Write events to standard output"),
        of_log("log import", "Append events from standard input"),
        of_log(
            "log follow",
            "Write events of a running server as they come",
        ),
        takes("token", "Make a token", token::HELP, &token::MINT),
        takes(
            "token inspect",
            "Print what is in a token",
            token::HELP,
            &token::INSPECT,
        ),
        takes("key", "Make an API key", key::HELP, &key::TAKES),
    ]
}

impl Command {
    fn first(&self) -> &'static str {
        self.words.split(' ').next().unwrap_or_default()
    }

    fn second(&self) -> Option<&'static str> {
        self.words.split_once(' ').map(|(_, second)| second)
    }

    /// What the value of an option looks like, and what the option does, by the help.
    fn option(&self, name: &str) -> (&'static str, String) {
        let mut lines = self.help.lines();
        let head = format!("  --{name}");
        let found = lines.find_map(|line| {
            let value = line.strip_prefix(&head)?;
            (value.is_empty() || value.starts_with(' ')).then(|| value.trim())
        });
        let value = found.unwrap_or_else(|| panic!("the help of {} lacks {head}", self.words));
        let says: Vec<_> = lines
            .map_while(|line| line.strip_prefix("        "))
            .collect();
        // An option that does one thing for each of several commands has a line for each.
        let mine = self.second().map(|second| format!("{second}: "));
        let mine = mine.and_then(|mine| says.iter().find_map(|line| line.strip_prefix(&mine)));
        (value, mine.map_or_else(|| says.join("\n"), str::to_owned))
    }
}

/// What can be said for a value.
enum Values {
    /// The option has none.
    None,
    Paths,
    Words(Vec<&'static str>),
    Any,
}

impl Values {
    fn of(value: &'static str) -> Values {
        match value {
            "" => Values::None,
            "FILE" | "PATH" => Values::Paths,
            "YES-OR-NO" => Values::Words(vec!["yes", "no"]),
            "LEVEL" => Values::Words(vec!["off", "error", "warn", "info", "debug"]),
            "WHO" => Values::Words(vec!["off", "granted", "open"]),
            "FORMAT" => Values::Words(vec!["human", "json"]),
            "WHEN" => Values::Words(vec!["commit", "interval:", "none"]),
            "ALGORITHM" => {
                Values::Words(vec!["HS256", "HS384", "HS512", "ES256", "ES384", "EdDSA"])
            }
            // `human|json`
            choices if choices.contains('|') => Values::Words(choices.split('|').collect()),
            _ => Values::Any,
        }
    }
}

/// The first sentence of a help, on one line.
fn summary(help: &str) -> String {
    // What follows a line with a colon is a list.
    let lines = help.lines().count();
    let head = help.lines().position(|line| line.ends_with(':'));
    let head = help.lines().take(head.map_or(lines, |at| at + 1));
    let line = head.collect::<Vec<_>>().join(" ");
    let (sentence, _) = line.split_once(". ").unwrap_or((&line, ""));
    sentence.trim_end_matches([':', '.']).to_owned()
}

/// Lines of at most so many characters, each behind `prefix`.
fn wrapped(prefix: &str, text: &str, width: usize) -> String {
    let (mut lines, mut line) = (String::new(), prefix.to_owned());
    for word in text.split_whitespace() {
        if line.len() > prefix.len() && line.len() + 1 + word.len() > width {
            lines += &format!("{line}\n");
            line = prefix.to_owned();
        }
        if line.len() > prefix.len() {
            line += " ";
        }
        line += word;
    }
    lines + &line + "\n"
}

#[cfg(test)]
mod tests;
