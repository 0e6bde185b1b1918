//! A configuration file and the values in it: a value that was written is read, and problems name a line.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;

/// As much of the command line as its reader of files needs.
#[allow(dead_code, unused_imports)]
// Private to the binary.
#[path = "../../src/cli"]
mod cli {
    mod config;
    mod values;

    pub mod layers {
        use super::settings::Setting;

        pub struct Given {
            pub setting: &'static Setting,
            pub value: String,
            pub from: String,
        }
    }

    pub mod settings {
        pub struct Setting {
            pub flag: &'static str,
            pub value: &'static str,
            pub clear: Option<()>,
        }

        impl Setting {
            pub fn named(name: &str) -> Option<&'static Setting> {
                super::super::SETTINGS.iter().find(|it| it.flag == name)
            }
        }
    }

    pub mod token {
        pub mod source {
            pub fn read_file(_: &std::path::Path, _: usize) -> Result<String, String> {
                unreachable!("no file is read")
            }
        }
    }

    /// What the file gives, as setting and value, and what is wrong with it.
    pub fn parsed(text: &str) -> (Vec<(&'static str, String)>, Vec<String>) {
        let file = config::parse("f", text);
        let given = file.given.into_iter().map(|it| (it.setting.flag, it.value));
        (given.collect(), file.problems)
    }

    /// The value as each kind of setting reads it; a duration if it is one.
    pub fn read(text: &str) -> Option<std::time::Duration> {
        let _ = values::bytes(text);
        let _ = values::rate(text);
        let _ = values::durability(text);
        let _ = values::origin(text);
        let _ = values::number(text, 1..=10);
        let _ = values::count(text, 10);
        values::duration(text).ok()
    }
}

use cli::settings::Setting;

const fn setting(flag: &'static str, value: &'static str, is_list: bool) -> Setting {
    let clear = if is_list { Some(()) } else { None };
    Setting { flag, value, clear }
}

/// One of each kind.
static SETTINGS: [Setting; 5] = [
    setting("open", "", false),
    setting("threads", "NUMBER", false),
    setting("keep-bytes", "SIZE", false),
    setting("data", "FILE", false),
    setting("listen", "ADDRESS", true),
];

fuzz_target!(|text: &str| {
    let (given, problems) = cli::parsed(text);
    for problem in &problems {
        let line = problem.strip_prefix("f:").and_then(|it| it.split_once(':'));
        let line: usize = line.expect(problem).0.parse().expect(problem);
        assert!(
            line >= 1 && line <= text.matches('\n').count() + 1,
            "{problem}"
        );
    }
    for (flag, value) in &given {
        if ["data", "listen"].contains(flag) {
            let written = format!("{flag} = {}\n", toml(value));
            assert_eq!(
                cli::parsed(&written),
                (vec![(*flag, value.clone())], vec![])
            );
        }
    }
    if let Some(duration) = cli::read(text) {
        let written = format!("{}ms", duration.as_millis());
        assert_eq!(cli::read(&written), Some(duration));
        assert!(duration <= Duration::from_millis(u64::MAX));
    }
});

/// A basic string of TOML.
fn toml(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            it if it.is_control() => out += &format!("\\u{:04X}", it as u32),
            it => out.push(it),
        }
    }
    out + "\""
}
