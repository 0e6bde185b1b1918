//! Completions for zsh.

use super::{Command, SETTINGS, Setting, Values, commands, summary};

const HEAD: &str = r#"#compdef ssehub
# Completions of ssehub for zsh. Made by `make generate`.

_ssehub() {
    local context state line
    local -a server commands
"#;

pub(super) fn text() -> String {
    let commands = commands();
    let server: String = SETTINGS.iter().map(setting).collect();
    let firsts: Vec<_> = commands.iter().filter(|it| it.second().is_none()).collect();
    let mut text = format!(
        "{HEAD}    server=(\n{server}    )\n    commands=(\n{}    )\n",
        described("        ", &firsts, |it| it.words)
    );
    text += "    if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then\n";
    text += "        _describe -t commands command commands\n        return\n    fi\n";
    text += "    case $words[2] in\n";
    for first in &firsts {
        let seconds: Vec<_> = commands
            .iter()
            .filter(|it| it.first() == first.words && it.second().is_some())
            .collect();
        text += &format!("    {})\n", first.words);
        if !seconds.is_empty() {
            text += &nested(&seconds);
        }
        text += &arguments(first, "        ");
        text += "        ;;\n";
    }
    text + "    *)\n        _arguments -s $server '(- *)'{-h,--help}'[Print a help]' \
        '(- *)'{-V,--version}'[Print the version]'\n        ;;\n    esac\n}\n\n_ssehub \"$@\"\n"
}

/// The second words of a command, and what follows them.
fn nested(seconds: &[&Command]) -> String {
    let second = |it: &Command| it.second().unwrap_or_default();
    let mut text = format!(
        "        if ((CURRENT == 3)) && [[ $words[3] != -* ]]; then\n            commands=(\n{}            )\n",
        described("                ", seconds, second)
    );
    text += "            _describe -t commands command commands\n            return\n        fi\n";
    text += "        case $words[3] in\n";
    for it in seconds {
        text += &format!(
            "        {})\n            shift words; ((CURRENT--))\n",
            second(it)
        );
        text += &arguments(it, "            ");
        text += "            return\n            ;;\n";
    }
    text + "        esac\n"
}

fn described(indent: &str, commands: &[&Command], word: fn(&Command) -> &'static str) -> String {
    let lines = commands
        .iter()
        .map(|it| format!("{indent}'{}:{}'\n", word(it), it.says));
    lines.collect()
}

fn arguments(command: &Command, indent: &str) -> String {
    let mut text = format!("{indent}shift words; ((CURRENT--))\n{indent}_arguments -s");
    if command.is_server {
        text += " $server";
    }
    for name in &command.options {
        let (value, help) = command.option(name);
        let repeats = if help.contains("repeated") { "*" } else { "" };
        text += &format!(" \\\n{indent}    '{}'", spec(repeats, name, value, &help));
    }
    text + &format!(" \\\n{indent}    '(- *)'{{-h,--help}}'[Print a help]'\n")
}

fn setting(setting: &Setting) -> String {
    let repeats = if setting.clear.is_some() { "*" } else { "" };
    let spec = spec(repeats, setting.flag, setting.value, setting.help);
    format!("        '{spec}'\n")
}

/// `--idle=[How long]:DURATION:`
fn spec(repeats: &str, name: &str, value: &'static str, help: &str) -> String {
    let action = match Values::of(value) {
        Values::None => return format!("{repeats}--{name}[{}]", quoted(&summary(help))),
        Values::Paths => "_files".to_owned(),
        Values::Words(words) => format!("({})", words.join(" ").replace(':', "\\:")),
        Values::Any => " ".to_owned(),
    };
    let help = quoted(&summary(help));
    format!(
        "{repeats}--{name}=[{help}]:{}:{action}",
        value.replace('|', " or ")
    )
}

/// A text within quotes and brackets.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\'', "'\\''");
    text.replace('[', "\\[")
        .replace(']', "\\]")
        .replace(':', "\\:")
}
