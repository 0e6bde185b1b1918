//! What a file of TOML may say, and where it is wrong.

use super::*;

/// What a file sets, or what is wrong with it.
fn read(text: &str) -> Vec<String> {
    let file = parse("f", text);
    if !file.problems.is_empty() {
        return file.problems;
    }
    let given = file.given.iter();
    given
        .map(|it| format!("{} = {}", it.from, it.value))
        .collect()
}

#[test]
fn values_are_those_of_the_command_line() {
    let text = "# a comment\n\
                idle = \"9s\" # another\n\
                threads = 0x02\r\n\
                body-bytes = 65_536\n\
                keep-bytes = '1GiB'\n\
                \"open\" = true\n\
                anonymous-read = false\n\
                listen = [\n\
                \x20   \"localhost:1\", # one\n\
                \x20   'unix:/a',\n\
                ]\n\
                allowed-host = \"\"\"a\"\"\"\n\
                publish-rate = 10\n\
                data = \"/\\u00e4\"";
    let expected = [
        "f:2: idle = 9s",
        "f:3: threads = 2",
        "f:4: body-bytes = 65536",
        "f:5: keep-bytes = 1GiB",
        "f:6: open = yes",
        "f:7: anonymous-read = no",
        "f:9: listen = localhost:1",
        "f:10: listen = unix:/a",
        "f:12: allowed-host = a",
        "f:13: publish-rate = 10",
        "f:14: data = /ä",
    ];
    assert_eq!(read(text), expected);
    assert_eq!(read(""), [""; 0]);
}

#[test]
fn what_is_no_setting_is_named_with_its_line() {
    assert_eq!(
        read("\nidel = \"9s\""),
        ["f:2: there is no setting \"idel\""]
    );
    // A file cannot name another one.
    assert_eq!(
        read("config = 'a'"),
        ["f:1: there is no setting \"config\""]
    );
    assert_eq!(
        read("idle = '1s'\nstall = '1s'\nidle = '2s'"),
        ["f:3: idle: this is set in line 1 already"]
    );
}

#[test]
fn types_are_checked() {
    let cases = [
        ("idle = 9", "idle: a text in quotes is expected"),
        ("idle = true", "idle: a text in quotes is expected"),
        ("idle = ['9s']", "idle: a text in quotes is expected"),
        ("idle = 1979-05-27", "idle: a text in quotes is expected"),
        (
            "threads = '2'",
            "threads: a number without quotes is expected",
        ),
        (
            "threads = 2.0",
            "threads: a number without quotes is expected",
        ),
        (
            "threads = 99999999999999999999",
            "threads: a number without quotes is expected",
        ),
        (
            "body-bytes = 1.5",
            "body-bytes: a number, or a text in quotes is expected",
        ),
        ("open = 'yes'", "open: true or false is expected"),
        ("debug-page = 1", "debug-page: true or false is expected"),
        (
            "listen = [1]",
            "listen: a text in quotes, or a list of these, is expected",
        ),
        (
            "listen = [['a']]",
            "listen: a text in quotes, or a list of these, is expected",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), [format!("f:1: {expected}")], "{text}");
    }
}

#[test]
fn there_are_no_tables() {
    for text in [
        "[server]\nidle = '1s'",
        "[[server]]",
        "listen = {}",
        "idle.a = '1s'",
    ] {
        let told = read(text);
        assert!(
            told.contains(&"f:1: there are no tables in this file".to_owned()),
            "{told:?}"
        );
    }
}

#[test]
fn what_is_no_toml_is_told_with_its_line_and_nothing_of_it_counts() {
    for text in [
        "stall = '1s'\nidle = 9s",
        "stall = '1s'\nidle",
        "stall = '1s'\nidle = \"9s",
        "stall = '1s'\nidle = '9s' retry = '9s'",
        "stall = '1s'\nlisten = [ 'a'",
        "stall = '1s'\n= 1",
        "stall = '1s'\nidle = \"\\q\"",
        "stall = '1s'\nidle = '9s'\u{7}",
    ] {
        let told = read(text);
        assert!(
            !told.is_empty() && told.iter().all(|it| it.starts_with("f:2: ")),
            "{text:?}: {told:?}"
        );
    }
}

#[test]
fn deep_nesting_ends() {
    let text = format!("listen = {}", "[".repeat(100_000));
    assert!(read(&text)[0].starts_with("f:1: "));
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let large = crate::cli::tests::Text::new(&"#\n".repeat(FILE_BYTES / 2 + 1));
    let file = super::read(Path::new(large.path()));
    assert_eq!(file.given.len(), 0);
    assert!(file.problems[0].ends_with("there are more than 1048576 bytes"));
}
