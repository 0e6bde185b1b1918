//! The man page, in the macros of man(7).

use super::{Command, SETTINGS, Setting, commands};

const BEFORE: &str = r#".\" Made by `make generate` from the settings and the help of the commands.
.TH SSEHUB 1 "" "ssehub" "User Commands"
.SH NAME
ssehub \- push events from any backend to any browser
.SH SYNOPSIS
.B ssehub
.RI [ "OPTION VALUE" ]...
.br
.B ssehub
.IR COMMAND ...
.SH DESCRIPTION
.B ssehub
is a server of event streams: publishers send events by HTTP, and browsers and other programs read them as
streams, or by long polling.
It keeps a log, in memory or in a file, from which those who come back read what they have missed.
.PP
Without a command it serves, until it is told to stop.
.SH OPTIONS
Every option can also be set in the environment, and in a file: see
.B CONFIGURATION FILE
and
.BR ENVIRONMENT .
Durations read 500ms, 10s, 5m, 24h, 30d; sizes 4096, 64KiB, 1MiB.
"#;

const AFTER: &str = r#".SH CONFIGURATION FILE
The file that
.B \-\-config
names is TOML, with a key for each option, without its dashes, and no tables:
.PP
.nf
listen = ["0.0.0.0:8080", "unix:/run/ssehub/ssehub.sock"]
data = "/var/lib/ssehub/log.redb"
threads = 2
debug\-page = true
.fi
.PP
Text stands in quotes, numbers and
.B true
or
.B false
without them; an option that may be repeated takes a list.
A key that is not known, and a value of a wrong type, are errors that tell the file and the line.
.B ssehub check
finds them before a restart does.
.SH ENVIRONMENT
.B SSEHUB_IDLE
says what
.B \-\-idle
says, and so on for every option; the values of one that may be repeated are separated by commas.
An argument wins over the environment, and this over the file.
A list of one takes the place of the other.
.SH SIGNALS
.TP
.BR SIGTERM ", " SIGINT
Stop: no new connections; streams end after what the log holds.
A second one ends the server at once.
.TP
.B SIGHUP
Read all keys again.
The settings stay as they are until the server is started anew.
.SH EXIT STATUS
0 after a proper stop, 1 if the server cannot start, 2 if an option or the file is wrong.
.SH FILES
.TP
.I /etc/ssehub/ssehub.conf
Where packages have their configuration file. The server reads it only if
.B \-\-config
or
.B SSEHUB_CONFIG
names it.
.SH EXAMPLES
.nf
ssehub \-\-data chat.redb
curl \-N 'localhost:8080/events/orders' &
curl localhost:8080/events/orders \-d paid
.fi
"#;

pub(super) fn text() -> String {
    let mut page = BEFORE.to_owned();
    page.extend(SETTINGS.iter().map(option));
    page += ".TP\n.BR \\-h \", \" \\-\\-help\nPrint a help.\n";
    page += ".TP\n.BR \\-V \", \" \\-\\-version\nPrint the version.\n";
    page += ".SH COMMANDS\n";
    page.extend(
        commands()
            .iter()
            .filter(|it| it.second().is_none())
            .map(command),
    );
    page + AFTER
}

fn option(setting: &Setting) -> String {
    let head = format!(".TP\n.B \\-\\-{}", escaped(setting.flag));
    let head = match setting.value {
        "" => head,
        value => format!("{head} \\fI{}\\fR", escaped(value)),
    };
    let default = match setting.default {
        "" => String::new(),
        default => format!(".br\nDefault: {}.\n", escaped(default)),
    };
    // Only lines that are aligned, a list of what can be said, are kept as they are.
    let help = match setting.help.contains("  ") {
        true => format!(".nf\n{}\n.fi", text_of(setting.help)),
        false => text_of(setting.help),
    };
    format!("{head}\n{help}\n{default}")
}

fn command(command: &Command) -> String {
    let help = text_of(command.help.trim_end());
    format!(".SS ssehub {}\n.nf\n{help}\n.fi\n", command.words)
}

fn text_of(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(escaped).collect();
    lines.join("\n")
}

/// A hyphen is a minus here, as people paste it; a line that begins like a macro is none.
fn escaped(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-");
    match line.starts_with(['.', '\'']) {
        true => format!("\\&{line}"),
        false => line,
    }
}
