//! `ssehub.conf.example`: every setting, its default, and the reason for it.

use super::super::config::Kind;
use super::super::reasons::{REASONS, Reason};
use super::{SETTINGS, Setting, wrapped};

const WIDTH: usize = 100;

const HEAD: &str = "\
# The settings of ssehub, in TOML. Each line that begins with `#` and a name shows a default, or an
# example where there is none; take the `#` away to set it.
#
# ssehub --config FILE reads this; a variable of the environment (SSEHUB_IDLE) wins over it, and an
# argument (--idle) over both. After a change: `ssehub check --config FILE`, then restart the server.
# Durations read \"500ms\", \"10s\", \"5m\", \"24h\", \"30d\"; sizes 4096, \"64KiB\", \"1MiB\". What may be repeated
# takes a list: [\"a\", \"b\"].
";

pub(super) fn text() -> String {
    let settings = SETTINGS.iter().filter(|it| it.flag != "config");
    settings.fold(HEAD.to_owned(), |text, it| text + "\n" + &entry(it))
}

fn entry(setting: &Setting) -> String {
    let reason = reason(setting);
    let help = setting.help.lines().map(|line| format!("# {line}\n"));
    let mut entry: String = help.collect();
    entry += &wrapped(
        "# ",
        &format!("Default: {}. {}", default(setting), reason.why),
        WIDTH,
    );
    entry + &format!("#{}\n", line(setting))
}

/// The setting as it would stand in the file.
pub(super) fn line(setting: &Setting) -> String {
    let reason = reason(setting);
    let value = match reason.example {
        "" => setting.default,
        example => example,
    };
    let value = match (Kind::of(setting), value.parse::<u64>()) {
        (Kind::Switch, _) => (value == "yes").to_string(),
        (Kind::Number | Kind::Amount, Ok(number)) => number.to_string(),
        _ => format!("{value:?}"),
    };
    match setting.clear {
        Some(_) => format!("{} = [{value}]", setting.flag),
        None => format!("{} = {value}", setting.flag),
    }
}

/// The default in words.
pub(super) fn default(setting: &Setting) -> &'static str {
    match (setting.default, setting.value) {
        ("", "") => "no",
        ("", _) => "none",
        (default, _) => default,
    }
}

pub(super) fn reason(setting: &Setting) -> &'static Reason {
    let found = REASONS.iter().find(|it| it.flag == setting.flag);
    found.unwrap_or_else(|| {
        panic!(
            "src/cli/reasons.rs does not say why the default of --{} is what it is",
            setting.flag
        )
    })
}
