//! The project's files, and its sources without what stands under `#[cfg(test)]`.

use std::fs;
use std::path::{Path, PathBuf};

pub use super::parser::Text;
use super::parser::parse;

/// One file.
pub struct Source {
    /// Its path from the project's folder.
    pub path: String,
    /// Its lines, blank where comments were, and with `""` for every text.
    pub code: Vec<String>,
    pub texts: Vec<Text>,
}

/// Every file below `folder`, by its path from the project's folder.
pub fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.sort();
    found
}

/// Every Rust file below `folder`, modules of unit tests aside.
pub fn sources(folder: &str) -> Vec<Source> {
    let is_source = |path: &String| path.ends_with(".rs") && !path.ends_with("/tests.rs");
    let paths = files(folder).into_iter().filter(is_source);
    paths
        .map(|path| Source::parse(&path, &read(&path)))
        .collect()
}

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether there is such a file or folder.
pub fn exists(path: &str) -> bool {
    root().join(path).exists()
}

fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => walk(&path, found),
            false => found.push(path.strip_prefix(root()).unwrap().display().to_string()),
        }
    }
}

impl Source {
    pub fn parse(path: &str, text: &str) -> Source {
        let (code, texts) = parse(text);
        let path = path.to_owned();
        let mut source = Source { path, code, texts };
        source.hide_tests();
        source
    }

    /// Places in the code that hold `needle`, which no identifier runs into.
    pub fn places(&self, needle: &str) -> Vec<String> {
        let numbered = (1..).zip(&self.code);
        numbered
            .filter(|(_, line)| holds(line, needle))
            .map(|(number, line)| format!("{}:{number}: {}", self.path, line.trim()))
            .collect()
    }

    /// An item under `#[cfg(test)]` ends with the first line that is indented like the attribute
    /// and closes something.
    fn hide_tests(&mut self) {
        let mut number = 0;
        while number < self.code.len() {
            if self.code[number].trim() != "#[cfg(test)]" {
                number += 1;
                continue;
            }
            let indent = self.code[number].find('#');
            let closes = |line: &String| {
                line.find(|c: char| !c.is_whitespace()) == indent
                    && line.trim_end().ends_with(['}', ';'])
            };
            let length = self.code[number..].iter().position(closes).unwrap_or(0) + 1;
            let hidden = number + 1..=number + length;
            self.texts.retain(|text| !hidden.contains(&text.line));
            self.code[number..number + length].fill(String::new());
            number += length;
        }
    }
}

fn holds(line: &str, needle: &str) -> bool {
    let is_name = |c: char| c == '_' || c.is_alphanumeric();
    line.match_indices(needle).any(|(at, _)| {
        let before = line[..at].ends_with(is_name) && needle.starts_with(is_name);
        let after = line[at + needle.len()..].starts_with(is_name) && needle.ends_with(is_name);
        !before && !after
    })
}
