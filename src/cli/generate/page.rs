//! The settings in docs/configuration.md, between two marks; what stands around them is written by hand.

use super::{SETTINGS, Setting, conf};

const BEGIN: &str = "<!-- The settings below are made by `make generate`. -->\n";
const END: &str = "<!-- The end of what is made. -->\n";

/// The page with its settings as they are now.
pub(super) fn text(page: &str) -> String {
    let parts = page.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = parts.unwrap_or_else(|| panic!("the page lacks its marks"));
    let settings: String = SETTINGS.iter().map(entry).collect();
    format!("{before}{BEGIN}\n{settings}{END}{after}")
}

fn entry(setting: &Setting) -> String {
    let title = format!("{} {}", setting.flag, setting.value);
    let default = match conf::default(setting) {
        // Those that are words, and not a value.
        words if words == "none" || words.contains(' ') => words.to_owned(),
        value => format!("`{value}`"),
    };
    format!(
        "**`{}`**, {default}\n\n{}\n\n*{}*\n\n",
        title.trim(),
        help(setting.help),
        conf::reason(setting).why
    )
}

/// Lines that begin with a word and two spaces are a list of what can be said.
fn help(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let begun = line.starts_with(' ');
        match line
            .split_once("  ")
            .filter(|(word, _)| !begun && !word.contains(' '))
        {
            Some((word, says)) => lines += &format!("\n* `{word}` {}", says.trim()),
            None => {
                lines += &format!(
                    "\n{}{}",
                    if begun { "  " } else { "" },
                    escaped(line.trim())
                )
            }
        }
    }
    lines.trim_start().to_owned()
}

/// An asterisk, or a name in angle brackets, must stay one.
fn escaped(line: &str) -> String {
    line.replace('*', "\\*").replace('<', "\\<")
}
