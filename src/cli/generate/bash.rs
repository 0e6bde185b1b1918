//! Completions for bash.

use std::collections::BTreeMap;

use super::{SETTINGS, Values, commands};

const HEAD: &str = r#"# Completions of ssehub for bash. Made by `make generate`.
# shellcheck shell=bash disable=SC2207

_ssehub() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    # The shell takes `--idle=10s` for three words.
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()

    case $previous in
"#;

pub(super) fn text() -> String {
    let mut text = HEAD.to_owned();
    text += &values();
    text += "    esac\n\n    local words\n    case \"${COMP_WORDS[1]-} ${COMP_WORDS[2]-}\" in\n";
    let commands = commands();
    for command in commands.iter().rev() {
        let pattern = match command.second() {
            Some(_) => format!("\"{}\"", command.words),
            None => format!("\"{} \"*", command.words),
        };
        let seconds = commands.iter().filter(|it| it.first() == command.words);
        let mut words: Vec<_> = seconds
            .filter_map(|it| it.second())
            .map(str::to_owned)
            .collect();
        words.extend(command.options.iter().map(|it| format!("--{it}")));
        if command.is_server {
            words.extend(server());
        }
        words.push("--help".to_owned());
        text += &format!("    {pattern}) words=\"{}\" ;;\n", words.join(" "));
    }
    let firsts = commands.iter().filter(|it| it.second().is_none());
    let mut words: Vec<_> = firsts.map(|it| it.words.to_owned()).collect();
    words.extend(server());
    words.extend(["--help", "--version"].map(str::to_owned));
    text += &format!("    *) words=\"{}\" ;;\n", words.join(" "));
    text + "    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\n\n\
        complete -F _ssehub ssehub\n"
}

fn server() -> impl Iterator<Item = String> {
    SETTINGS.iter().map(|it| format!("--{}", it.flag))
}

/// What comes behind an option; those of one name have one kind of value everywhere.
fn values() -> String {
    let mut by_value: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut options: BTreeMap<&str, &'static str> =
        SETTINGS.iter().map(|it| (it.flag, it.value)).collect();
    for command in commands() {
        options.extend(command.options.iter().map(|it| (*it, command.option(it).0)));
    }
    for (option, value) in options {
        let reply = match Values::of(value) {
            Values::None => continue,
            Values::Paths => {
                "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$current\"))".to_owned()
            }
            Values::Words(words) => {
                format!(
                    "COMPREPLY=($(compgen -W \"{}\" -- \"$current\"))",
                    words.join(" ")
                )
            }
            Values::Any => ":".to_owned(),
        };
        by_value
            .entry(reply)
            .or_default()
            .push(format!("--{option}"));
    }
    let cases = by_value.iter().map(|(reply, options)| {
        let (options, reply) = (options.join(" | "), reply.replace("; ", "\n        "));
        format!("    {options})\n        {reply}\n        return\n        ;;\n")
    });
    cases.collect()
}
