//! docs/mercure.md names a test for each requirement, and each of these is there.

use crate::house::source::{files, read};

/// Requirements of the protocol that the page numbers.
const REQUIREMENTS: usize = 49;

/// The rows of the page's table whose first cell is a number.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    let rows = rows.map(|row| row.trim_end_matches(" |").split(" | ").collect::<Vec<_>>());
    rows.filter(|row| row[0].parse::<usize>().is_ok()).collect()
}

#[test]
fn the_page_names_tests_that_exist() {
    let page = read("docs/mercure.md");
    let scripts = [files("tests/curl"), files("tests/recipes")].concat();
    let tests: String = files("tests/it").iter().map(|path| read(path)).collect();
    let rows = rows(&page);
    let numbers: Vec<_> = rows
        .iter()
        .map(|row| row[0].parse::<usize>().unwrap())
        .collect();
    assert_eq!(numbers, (1..=REQUIREMENTS).collect::<Vec<_>>());
    for row in &rows {
        assert_eq!(row.len(), 4, "{row:?}");
        for name in row[3].split('`').skip(1).step_by(2) {
            let is_test = tests.contains(&format!("fn {name}()"));
            let is_file = scripts.iter().any(|path| path.ends_with(name));
            assert!(is_test || is_file, "{}: there is no test {name}", row[0]);
        }
    }
}
