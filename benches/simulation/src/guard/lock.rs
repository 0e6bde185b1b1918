//! Whether the hub is counted with the dependencies that it is shipped with: this workspace has a
//! lock file of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// For each package, the versions that a lock file has.
type Versions = BTreeMap<String, BTreeSet<String>>;

/// Packages that both lock files have, here in versions that the hub's own does not know.
pub fn strangers() -> Vec<String> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file| versions(&fs::read_to_string(home.join(file)).unwrap_or_default());
    let (ours, hubs) = (read("../Cargo.lock"), read("../../Cargo.lock"));
    ours.iter()
        .filter_map(|(name, ours)| Some((name, ours, hubs.get(name)?)))
        .filter(|(_, ours, hubs)| !ours.is_subset(hubs))
        .map(|(name, ours, hubs)| format!("{name} {}, not {}", list(ours), list(hubs)))
        .collect()
}

fn versions(lock: &str) -> Versions {
    let mut versions = Versions::new();
    let field = |line: &str, name| Some(line.strip_prefix(name)?.trim_matches('"').to_owned());
    let mut package = None;
    for line in lock.lines() {
        package = field(line, "name = ").or(package);
        if let (Some(version), Some(package)) = (field(line, "version = "), package.as_ref()) {
            versions.entry(package.clone()).or_default().insert(version);
        }
    }
    versions
}

fn list(versions: &BTreeSet<String>) -> String {
    versions.iter().cloned().collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::versions;

    #[test]
    fn versions_are_found() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"a\"\nversion = \"2.0.0\"\n";
        let found = versions(lock);
        assert_eq!(found.len(), 1);
        assert_eq!(super::list(&found["a"]), "1.0.0 and 2.0.0");
    }
}
