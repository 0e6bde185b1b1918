//! The rules of the house, as far as reading the sources can tell.

mod description;
mod examples;
mod links;
mod parser;
pub mod source;

use source::{Source, Text, files, read, sources};

const FILE_LINES: usize = 500;
const MEDIAN_LINES: usize = 150;

/// Fails with the rule and every place that breaks it.
#[track_caller]
fn check(rule: &str, offences: Vec<String>) {
    assert!(offences.is_empty(), "{rule}:\n  {}", offences.join("\n  "));
}

/// Places outside these files and folders that hold one of the needles.
fn outside(allowed: &[&str], needles: &[&str]) -> Vec<String> {
    let is_allowed = |path: &str| {
        let within = |allowed: &&str| match allowed.ends_with('/') {
            true => path.starts_with(*allowed),
            false => path == *allowed,
        };
        allowed.iter().any(within)
    };
    let strangers = sources("src")
        .into_iter()
        .filter(|it| !is_allowed(&it.path));
    strangers
        .flat_map(|source| places(&source, needles))
        .collect()
}

fn places(source: &Source, needles: &[&str]) -> Vec<String> {
    needles.iter().flat_map(|it| source.places(it)).collect()
}

#[test]
fn smol_is_named_by_the_server_alone() {
    let server = [
        "src/server.rs",
        "src/server/",
        "src/main.rs",
        "src/cli.rs",
        "src/cli/",
    ];
    check(
        "only the server and its binary name smol",
        outside(&server, &["smol"]),
    );
    // What programs on any runtime are to do, no example tells in the words of one.
    let core = files("src").into_iter();
    let core = core.filter(|path| !server.iter().any(|it| path.starts_with(it)));
    let examples = core.filter(|path| {
        let text = read(path);
        ["smol::", "tokio::", "async_std::"]
            .iter()
            .any(|it| text.contains(it))
    });
    check("no example names a runtime", examples.collect());
}

#[test]
fn http_libraries_are_named_under_http_alone() {
    let libraries = ["http_types", "async_h1", "httparse"];
    check(
        "only src/http/ names the HTTP libraries",
        outside(&["src/http/"], &libraries),
    );
}

#[test]
fn cryptography_is_named_by_access_control_alone() {
    check(
        "only src/auth/ names the libraries of cryptography",
        outside(&["src/auth/"], &["ring::", "subtle::"]),
    );
}

#[test]
fn tls_is_named_by_its_connections_alone() {
    check(
        "only src/net/tls.rs and src/tls/ name the libraries of TLS",
        outside(
            &["src/net/tls.rs", "src/tls.rs", "src/tls/"],
            &["rustls", "futures_rustls", "rustls_native_certs", "webpki"],
        ),
    );
}

#[test]
fn redis_is_named_by_its_log_alone() {
    let libraries = ["redis::", "tokio_util", "futures_util"];
    let log = ["src/store/redis.rs", "src/store/redis/"];
    // Modules of ours have the same name there.
    let namesakes = ["src/store.rs", "src/cli/settings.rs"];
    check(
        "only src/store/redis names the client of Redis",
        outside(&[log, namesakes].concat(), &libraries),
    );
}

#[test]
fn nothing_is_unsafe() {
    check(
        "no unsafe code but to call the allocator, in the command",
        outside(&["src/cli/memory.rs"], &["unsafe"]),
    );
}

#[test]
fn nothing_unwraps() {
    let unwraps = [".unwrap()", ".expect(", ".unwrap_err()", ".expect_err("];
    check(
        "no unwrap and no expect outside tests",
        outside(&[], &unwraps),
    );
}

#[test]
fn time_is_a_parameter() {
    let clocks = ["src/clock.rs", "src/http/reply.rs", "src/cli/log.rs"];
    let readings = ["Instant::now", "SystemTime::now", "UNIX_EPOCH.elapsed"];
    check("the time comes from the clock", outside(&clocks, &readings));
}

#[test]
fn tests_do_not_sleep() {
    let tests = sources("tests/it");
    let sleeps = tests.iter().flat_map(|it| it.places("thread::sleep"));
    check("no sleep as synchronisation", sleeps.collect());
}

#[test]
fn files_are_small() {
    let paths = files("src")
        .into_iter()
        .filter(|path| path.ends_with(".rs"));
    let mut lines: Vec<_> = paths
        .map(|path| (read(&path).lines().count(), path))
        .collect();
    lines.sort();
    let (median, _) = lines[lines.len() / 2];
    assert!(median < MEDIAN_LINES, "the median file has {median} lines");
    let long = lines.iter().filter(|(lines, _)| *lines > FILE_LINES);
    let long = long
        .map(|(lines, path)| format!("{path}:{lines}"))
        .collect();
    check("no file is longer than 500 lines", long);
}

#[test]
fn files_say_what_they_are() {
    let paths = ["src", "tests", "examples"]
        .map(files)
        .into_iter()
        .flatten();
    // Clients that tests build are built beside their sources.
    let ours = paths.filter(|path| path.ends_with(".rs") && !path.contains("/target/"));
    let silent = ours.filter(|path| !read(path).starts_with("//! "));
    check("the first line of a file says what it is", silent.collect());
}

#[test]
fn one_file_writes_event_streams() {
    let encoder = "src/event/frame.rs";
    let mut offences = outside(&[encoder], &["Frame::new"]);
    for source in sources("src").iter().filter(|it| it.path != encoder) {
        let grammar = source.texts.iter().filter(|text| is_stream_grammar(text));
        offences.extend(grammar.map(|it| format!("{}:{}: {:?}", source.path, it.line, it.value)));
    }
    check(
        "only src/event/frame.rs knows the grammar of event streams",
        offences,
    );
}

/// A field or a comment of an event stream, or the pattern of a line that any field could fill.
/// HTTP's own fields look like that, too, but end with CR LF.
fn is_stream_grammar(text: &Text) -> bool {
    let is_field = |line: &str| {
        let names = ["data:", "event:", "id:", "retry:"];
        names.iter().any(|name| line.starts_with(name))
    };
    let is_pattern = |line: &str| {
        let halves = line
            .strip_suffix('}')
            .and_then(|line| line.split_once("}:"));
        halves.is_some_and(|(name, value)| name.starts_with('{') && value.trim().starts_with('{'))
    };
    let ends_line = text.before.contains("writeln!") || text.value.ends_with('\n');
    text.value.lines().any(is_field)
        || text
            .value
            .split('\n')
            .any(|line| ends_line && is_pattern(line))
        || text.value.starts_with(":\n")
        || text.value.contains("\n:\n")
}

#[test]
fn the_page_is_what_static_holds() {
    let page = Source::parse("src/http/page.rs", &read("src/http/page.rs"));
    let assets = page
        .texts
        .iter()
        .filter(|text| text.before.ends_with("asset!( "));
    let mut listed: Vec<_> = assets
        .map(|asset| format!("static{}", asset.value))
        .collect();
    listed.sort();
    let held = files("static");
    let missing = held.iter().filter(|path| !listed.contains(path));
    check(
        "src/http/page.rs lists every file in static/",
        missing.cloned().collect(),
    );
    let stale = listed.iter().filter(|path| !held.contains(path));
    check(
        "src/http/page.rs lists nothing else",
        stale.cloned().collect(),
    );
}

#[test]
fn sources_are_taken_apart() {
    let source = Source::parse(
        "a.rs",
        r###"let a = 'x'; // "one"
let b: &'static str = "two\n"; /* "three" /* */ b'"' */ let c = b'"';
    writeln!(out,
        r#"four""#);
#[cfg(test)]
mod tests {
    unsafe { "five" }
}
#[cfg(test)]
use unsafe;
fn forbid(unsafe_code: u8) {}"###,
    );
    let texts: Vec<_> = source
        .texts
        .iter()
        .map(|it| (it.line, &*it.value))
        .collect();
    assert_eq!(texts, [(2, "two\n"), (4, "four\"")]);
    assert!(source.texts[1].before.contains("writeln!(out,"));
    assert_eq!(source.code[0], "let a = '; ");
    assert_eq!(source.places("unsafe"), Vec::<String>::new());
    assert_eq!(
        source.places("unsafe_code"),
        ["a.rs:11: fn forbid(unsafe_code: u8) {}"]
    );
}
