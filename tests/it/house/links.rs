//! The pages' links lead somewhere: to a file of the project, and in it to a heading.

use std::collections::HashSet;
use std::path::{Component, Path};

use super::check;
use super::source::{exists, files, read};

/// Pages beside those in docs/.
const PAGES: [&str; 4] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "benches/README.md",
];

/// The text of a page without its blocks of code.
fn prose(text: &str) -> String {
    let mut inside = false;
    let is_prose = |line: &&str| {
        let is_fence = line.trim_start().starts_with("```");
        inside ^= is_fence;
        !inside && !is_fence
    };
    text.lines()
        .filter(is_prose)
        .map(|line| format!("{line}\n"))
        .collect()
}

/// Where links of a page lead that stay within the project.
fn links(prose: &str) -> Vec<String> {
    let targets = prose.split("](").skip(1);
    let targets = targets.filter_map(|rest| rest.split(')').next());
    let is_elsewhere = |target: &&str| target.contains("://") || target.starts_with("mailto:");
    let own = targets.filter(|target| !is_elsewhere(target));
    own.map(str::to_owned).collect()
}

/// The anchors of a page's headings: in lower case, without punctuation, hyphens for spaces, and numbered if
/// they come again.
fn anchors(prose: &str) -> HashSet<String> {
    let mut anchors = HashSet::new();
    for line in prose.lines().filter(|line| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim();
        let kept = |c: char| match c {
            ' ' | '-' => Some('-'),
            '_' => Some('_'),
            c if c.is_alphanumeric() => Some(c),
            _ => None,
        };
        let anchor: String = heading.chars().filter_map(kept).collect();
        let anchor = anchor.to_lowercase();
        let numbered = (1..).map(|number| format!("{anchor}-{number}"));
        let mut names = std::iter::once(anchor.clone()).chain(numbered);
        anchors.extend(names.find(|name| !anchors.contains(name)));
    }
    anchors
}

/// A path from the project's folder, as a page means it.
fn resolve(page: &str, target: &str) -> String {
    let folder = Path::new(page).parent().unwrap_or(Path::new(""));
    let mut parts = Vec::new();
    for part in folder.join(target).components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    parts.join("/")
}

#[test]
fn links_lead_somewhere() {
    let docs = files("docs")
        .into_iter()
        .filter(|path| path.ends_with(".md"));
    let mut offences = Vec::new();
    let mut followed = 0;
    for page in docs.chain(PAGES.map(str::to_owned)) {
        for link in links(&prose(&read(&page))) {
            let (target, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let path = match target {
                "" => page.clone(),
                target => resolve(&page, target),
            };
            let is_there = exists(&path)
                && (anchor.is_empty() || anchors(&prose(&read(&path))).contains(anchor));
            followed += 1;
            if !is_there {
                offences.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(followed > 50, "the links are not found");
    check("every link leads somewhere", offences);
}

#[test]
fn headings_become_anchors() {
    let page = "# 401, 403 and 400\n## The log's file\n## `--data` & co\n## Twice\n## Twice\n";
    let mut found: Vec<_> = anchors(page).into_iter().collect();
    found.sort();
    let expect = [
        "--data--co",
        "401-403-and-400",
        "the-logs-file",
        "twice",
        "twice-1",
    ];
    assert_eq!(found, expect);
}
