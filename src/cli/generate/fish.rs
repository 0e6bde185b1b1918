//! Completions for fish.

use super::{SETTINGS, Values, commands, summary};

const HEAD: &str =
    "# Completions of ssehub for fish. Made by `make generate`.\n\ncomplete -c ssehub -f\n";

/// Where the server's own options can stand.
const SERVES: &str = "not __fish_seen_subcommand_from health log token key";

pub(super) fn text() -> String {
    let commands = commands();
    let mut text = HEAD.to_owned();
    for command in &commands {
        let (condition, word) = match command.second() {
            None => ("__fish_use_subcommand".to_owned(), command.words),
            Some(second) => (alone(command.first()), second),
        };
        text += &format!(
            "complete -c ssehub -n '{condition}' -a {word} -d '{}'\n",
            command.says
        );
    }
    text += &format!("\ncomplete -c ssehub -n '{SERVES}' -s V -l version -d 'Print the version'\n");
    text += "complete -c ssehub -s h -l help -d 'Print a help'\n";
    for setting in SETTINGS {
        text += &option(SERVES, setting.flag, setting.value, setting.help);
    }
    for command in &commands {
        let condition = match command.second() {
            Some(second) => format!(
                "__fish_seen_subcommand_from {}; and __fish_seen_subcommand_from {second}",
                command.first()
            ),
            None => alone(command.words),
        };
        for name in &command.options {
            let (value, help) = command.option(name);
            text += &option(&condition, name, value, &help);
        }
    }
    text
}

/// A first word without a second one.
fn alone(first: &str) -> String {
    let commands = commands();
    let seconds = commands.iter().filter(|it| it.first() == first);
    let seconds: Vec<_> = seconds.filter_map(|it| it.second()).collect();
    match seconds.is_empty() {
        true => format!("__fish_seen_subcommand_from {first}"),
        false => format!(
            "__fish_seen_subcommand_from {first}; and not __fish_seen_subcommand_from {}",
            seconds.join(" ")
        ),
    }
}

fn option(condition: &str, name: &str, value: &'static str, help: &str) -> String {
    let takes = match Values::of(value) {
        Values::None => String::new(),
        Values::Paths => " -r -F".to_owned(),
        Values::Words(words) => format!(" -x -a '{}'", words.join(" ")),
        Values::Any => " -x".to_owned(),
    };
    let help = summary(help).replace('\\', "\\\\").replace('\'', "\\'");
    format!("complete -c ssehub -n '{condition}' -l {name}{takes} -d '{help}'\n")
}
