//! Where settings come from: a file, the environment and the command line, each over the one before.

use std::ffi::OsString;
use std::path::Path;

use lexopt::Arg::{Long, Short, Value};
use lexopt::Parser;

use super::settings::{SETTINGS, Setting, Settings};
use super::{config, systemd};

/// A value for a setting.
pub(super) struct Given {
    pub(super) setting: &'static Setting,
    pub(super) value: String,
    /// Where it stands: `--idle`, `SSEHUB_IDLE`, or `ssehub.conf:12: idle`.
    pub(super) from: String,
}

/// What a server is told, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(super) settings: Settings,
    /// The flags of what somebody has set.
    pub(super) set: Vec<&'static str>,
    /// A sentence for each value that is wrong.
    pub(super) problems: Vec<String>,
}

/// What the rest of the command line says.
pub(super) enum Words {
    Help,
    Version,
    Options(Vec<Given>),
}

/// Reads the options that are left.
pub(super) fn options(parser: &mut Parser) -> Result<Words, String> {
    let mut given = Vec::new();
    while let Some(arg) = parser.next().map_err(|error| error.to_string())? {
        match arg {
            Short('h') | Long("help") => return Ok(Words::Help),
            Short('V') | Long("version") => return Ok(Words::Version),
            Long(name) => {
                let setting =
                    Setting::named(name).ok_or_else(|| format!("there is no option --{name}"))?;
                let value = match setting.value {
                    "" => parser.optional_value().unwrap_or_else(|| "yes".into()),
                    _ => parser.value().map_err(|error| error.to_string())?,
                };
                given.push(Given {
                    setting,
                    value: utf8(value)?,
                    from: format!("--{}", setting.flag),
                });
            }
            Short(name) => return Err(format!("there is no option -{name}")),
            Value(value) => return Err(format!("there is no command {value:?}")),
        }
    }
    Ok(Words::Options(given))
}

/// The options that name this file.
pub(super) fn config(path: Option<&str>) -> Vec<Given> {
    let setting = Setting::named("config");
    let named = setting.zip(path).map(|(setting, path)| Given {
        setting,
        value: path.to_owned(),
        from: "--config".to_owned(),
    });
    named.into_iter().collect()
}

/// Puts the environment under these options, and under both the file that one of them names.
pub(super) fn told(options: Vec<Given>, variable: impl Fn(&str) -> Option<String>) -> Told {
    let has_sockets = systemd::passes_sockets(&variable);
    let port = port(&variable);
    let environment = environment(variable);
    let named = |layer: &[Given]| {
        let mut values = layer.iter().rev();
        let config = values.find(|it| it.setting.flag == "config");
        config.map(|it| it.value.clone())
    };
    let path = named(&options).or_else(|| named(&environment));
    let file = path.map_or_else(Default::default, |path| config::read(Path::new(&path)));
    let mut told = Told {
        settings: Settings::default(),
        set: Vec::new(),
        problems: file.problems,
    };
    for layer in [file.given, environment, options] {
        told.take(layer);
    }
    match port {
        Ok(port) => told.settings.complete(has_sockets, port),
        Err(problem) if told.settings.listen.is_empty() && !has_sockets => {
            told.problems.push(problem)
        }
        Err(_) => {}
    }
    told
}

/// The port that a platform for containers gives to its programs. Of all that is said there, this alone does not
/// begin with `SSEHUB_`.
fn port(variable: impl Fn(&str) -> Option<String>) -> Result<Option<u16>, String> {
    let text = variable("PORT").unwrap_or_default();
    match text.trim().parse() {
        Ok(port) if port > 0 => Ok(Some(port)),
        _ if text.trim().is_empty() => Ok(None),
        _ => Err(format!(
            "PORT={text}: a port from 1 to 65535 is expected; --listen or SSEHUB_LISTEN take its place"
        )),
    }
}

/// What the environment says; the values of a list are separated by commas.
fn environment(variable: impl Fn(&str) -> Option<String>) -> Vec<Given> {
    let mut given = Vec::new();
    for setting in SETTINGS {
        let from = setting.variable();
        let Some(text) = variable(&from) else {
            continue;
        };
        let values = match setting.clear {
            Some(_) => text.split(',').map(str::trim).collect(),
            None => vec![text.trim()],
        };
        let values = values.into_iter().filter(|value| !value.is_empty());
        given.extend(values.map(|value| Given {
            setting,
            value: value.to_owned(),
            from: from.clone(),
        }));
    }
    given
}

impl Told {
    /// A sentence for everything with which no server starts.
    pub(super) fn errors(&self) -> Vec<String> {
        let mut errors = self.problems.clone();
        errors.extend(self.settings.ready().err().into_iter().flatten());
        errors
    }

    /// The first value of a list takes the place of what the layers below say.
    fn take(&mut self, layer: Vec<Given>) {
        let mut seen = Vec::new();
        for Given {
            setting,
            value,
            from,
        } in layer
        {
            if !seen.contains(&setting.flag) {
                seen.push(setting.flag);
                if let Some(clear) = setting.clear {
                    clear(&mut self.settings);
                }
            }
            if let Err(error) = (setting.set)(&mut self.settings, &value) {
                self.problems.push(format!("{from}={value}: {error}"));
            }
        }
        self.set.extend(seen);
    }
}

impl Setting {
    pub(super) fn named(flag: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.flag == flag)
    }

    /// The environment variable that says the same as the flag.
    pub(super) fn variable(&self) -> String {
        format!("SSEHUB_{}", self.flag.replace('-', "_").to_uppercase())
    }
}

fn utf8(value: OsString) -> Result<String, String> {
    value
        .into_string()
        .map_err(|_| "an argument is not UTF-8".to_owned())
}
