//! What others are to use has an example, which `cargo test --doc` runs.
//!
//! A type, a trait or a function has one of its own, or is named in one of its file or of the file that exports it.
//! A method that takes something is called in one, wherever that is. What `cargo doc` does not show is not looked at.

use std::collections::HashSet;

use super::check;
use super::source::{exists, files, read};

/// Something public, as its file declares it.
struct Item {
    place: String,
    name: String,
    /// Whose method it is.
    owner: Option<String>,
    /// Whether it takes something besides itself.
    takes: bool,
    docs: String,
    hidden: bool,
}

#[test]
fn every_public_item_has_an_example() {
    let exported = exported("src/lib.rs");
    assert!(exported.len() > 100, "{} items", exported.len());
    let bare = exported.iter().filter(|(item, around)| {
        let is_bare = examples(&item.docs).is_empty() && !names(around, &item.name);
        item.owner.is_none() && is_bare
    });
    check(
        "every public type, trait and function has an example, or is named in one",
        bare.map(|(item, _)| format!("{}: {}", item.place, item.name))
            .collect(),
    );
}

#[test]
fn every_public_method_is_called_in_an_example() {
    let exported = exported("src/lib.rs");
    let types: HashSet<_> = exported.iter().map(|(item, _)| &item.name).collect();
    let sources = || files("src").into_iter().filter(|path| is_library(path));
    let hidden: Vec<_> = sources().flat_map(|path| hidden_modules(&path)).collect();
    let is_shown = |path: &String| !hidden.iter().any(|module| path.starts_with(module));
    let mut all: String = sources().map(|path| examples(&read(&path))).collect();
    all += &blocks(&read("docs/embedding.md"), Some);
    let declared = sources().filter(is_shown).flat_map(|path| items(&path));
    let methods = declared.filter(|item| {
        let of_exported = item.owner.as_ref().is_some_and(|it| types.contains(it));
        of_exported && item.takes && !item.hidden
    });
    let uncalled = methods.filter(|item| !calls(&all, &item.name));
    check(
        "every public method that takes something is called in an example",
        uncalled
            .map(|item| format!("{}: {}", item.place, item.name))
            .collect(),
    );
}

#[test]
fn examples_are_told_from_other_lines() {
    let text = "/// A type.\n///\n/// ```\n/// make(1);\n/// ```\npub struct A;\n    /// ```text\n    /// b\n    /// ```\n";
    assert_eq!(examples(text), "make(1);\n");
    assert!(calls("let a = A::new(1);", "new") && calls("a.set(2)", "set"));
    assert!(!calls("a.reset(2)", "set") && !calls("new(1)", "new"));
    assert!(names("let a: Roll = b;", "Roll") && !names("Rolls", "Roll"));
}

fn is_library(path: &str) -> bool {
    path.ends_with(".rs") && !path.starts_with("src/cli") && path != "src/main.rs"
}

/// What a module shows, each with the examples around it.
fn exported(path: &str) -> Vec<(Item, String)> {
    let text = read(path);
    let around = examples(&text);
    let mut found: Vec<_> = items(path)
        .into_iter()
        .filter(|item| !item.hidden && item.owner.is_none())
        .map(|item| (item, around.clone()))
        .collect();
    for (statement, hidden) in statements(&text) {
        if hidden {
            continue;
        }
        if let Some(module) = statement.strip_prefix("pub mod ") {
            found.extend(exported(&file_of(path, module)));
        }
        let Some(used) = statement
            .strip_prefix("pub use ")
            .filter(|_| path != "src/lib.rs")
        else {
            continue;
        };
        let (module, wanted) = used.rsplit_once("::").unwrap();
        let wanted: HashSet<_> = wanted
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .collect();
        let taken = exported(&file_of(path, module)).into_iter();
        let taken = taken.filter(|(item, _)| wanted.contains(&*item.name));
        found.extend(taken.map(|(item, own)| (item, own + &around)));
    }
    found
}

/// Where the modules begin that a file keeps out of sight, without `.rs`.
fn hidden_modules(path: &str) -> Vec<String> {
    let statements = statements(&read(path)).into_iter();
    let modules = statements.filter_map(|(statement, hidden)| {
        let module = statement.strip_prefix("pub mod ").filter(|_| hidden)?;
        Some(file_of(path, module).trim_end_matches(".rs").to_owned())
    });
    modules.collect()
}

/// The file of a module that another one names.
fn file_of(path: &str, module: &str) -> String {
    let folder = match module.strip_prefix("crate::") {
        _ if path == "src/lib.rs" => "src",
        Some(_) => "src",
        None => path.trim_end_matches(".rs"),
    };
    let module = module.trim_start_matches("crate::").replace("::", "/");
    let file = format!("{folder}/{module}.rs");
    assert!(exists(&file), "{path} names {module}");
    file
}

/// Statements that stand at the beginning of a line and end with a semicolon, and whether they are hidden.
fn statements(text: &str) -> Vec<(String, bool)> {
    let (mut found, mut open, mut hidden) = (Vec::new(), String::new(), false);
    for line in text.lines() {
        if open.is_empty() && !line.starts_with("pub mod ") && !line.starts_with("pub use ") {
            hidden = line.starts_with("#[") && (hidden || line == "#[doc(hidden)]");
            continue;
        }
        open += line;
        if let Some(whole) = open.strip_suffix(';') {
            found.push((whole.to_owned(), hidden));
            (open, hidden) = (String::new(), false);
        }
    }
    found
}

/// The public items that a file declares, methods among them.
fn items(path: &str) -> Vec<Item> {
    let text = read(path);
    let (mut found, mut owner, mut docs, mut hidden) = (Vec::new(), None, String::new(), false);
    let lines: Vec<_> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        if code.starts_with("///") {
            docs += &format!("{code}\n");
            continue;
        }
        if code.starts_with("#[")
            || !docs.is_empty()
                && !code.starts_with("pub")
                && indent > 0
                && !code.contains('{')
                && !code.ends_with([';', ','])
        {
            hidden |= code == "#[doc(hidden)]";
            continue;
        }
        if line.starts_with("impl") {
            owner = (!line.contains(" for ")).then(|| owner_of(line));
        }
        let declared = declared(code).filter(|_| indent == 0 || indent == 4 && owner.is_some());
        if let Some(name) = declared {
            let signature = lines[at..].iter().take(4).map(|it| it.trim());
            let signature: String = signature.collect::<Vec<_>>().join(" ");
            found.push(Item {
                place: format!("{path}:{}", at + 1),
                takes: takes(&signature),
                name,
                owner: owner.clone().filter(|_| indent > 0),
                docs: std::mem::take(&mut docs),
                hidden,
            });
        }
        (docs, hidden) = (String::new(), false);
    }
    found
}

/// The type in `impl<S> Type<S> {`.
fn owner_of(line: &str) -> String {
    let rest = line.trim_start_matches("impl");
    let rest = match rest.strip_prefix('<') {
        Some(generic) => generic.split_once("> ").map_or(generic, |(_, rest)| rest),
        None => rest,
    };
    let name = rest
        .trim()
        .split(|c: char| !(c.is_alphanumeric() || c == '_'));
    name.into_iter().next().unwrap_or_default().to_owned()
}

/// The name of what a line declares as public.
fn declared(code: &str) -> Option<String> {
    let rest = code.strip_prefix("pub ")?;
    let rest = rest
        .trim_start_matches("async ")
        .trim_start_matches("const ");
    let kinds = ["struct ", "enum ", "trait ", "fn ", "type "];
    let rest = kinds.iter().find_map(|kind| rest.strip_prefix(kind))?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    Some(rest[..end.unwrap_or(rest.len())].to_owned())
}

/// Whether a method's list of what it takes has more than itself.
fn takes(signature: &str) -> bool {
    let list = signature.split_once('(').map_or("", |(_, rest)| rest);
    let list = list.split_once(')').map_or(list, |(list, _)| list);
    let own = ["", "self", "&self", "mut self", "&mut self"];
    list.split(',').any(|it| !own.contains(&it.trim()))
}

/// The lines of Rust in the examples of a source.
fn examples(text: &str) -> String {
    blocks(text, |line| {
        let line = line.trim_start();
        let comment = line.strip_prefix("///").or(line.strip_prefix("//!"))?;
        Some(comment.strip_prefix(' ').unwrap_or(comment))
    })
}

/// The lines in blocks of Rust, of those lines that count.
fn blocks<'t>(text: &'t str, of: impl Fn(&'t str) -> Option<&'t str>) -> String {
    let (mut found, mut inside) = (String::new(), None);
    for line in text.lines().filter_map(of) {
        match (line.strip_prefix("```"), inside) {
            (Some(kind), None) => {
                inside = Some(matches!(kind, "" | "no_run" | "rust" | "rust,no_run"))
            }
            (Some(_), Some(_)) => inside = None,
            (None, Some(true)) => found += &format!("{line}\n"),
            (None, _) => {}
        }
    }
    found
}

fn calls(examples: &str, name: &str) -> bool {
    let call = |it: &str| {
        examples.contains(&format!("{it}{name}(")) || examples.contains(&format!("{it}{name}::<"))
    };
    call(".") || call("::")
}

fn names(examples: &str, name: &str) -> bool {
    let is_part = |c: char| c == '_' || c.is_alphanumeric();
    examples.match_indices(name).any(|(at, _)| {
        !examples[..at].ends_with(is_part) && !examples[at + name.len()..].starts_with(is_part)
    })
}
