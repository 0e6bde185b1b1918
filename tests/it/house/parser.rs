//! Rust, taken apart just far enough to be searched: code without comments and texts, and the texts.

/// One string literal, escapes resolved.
pub struct Text {
    /// Where it starts, counted from 1.
    pub line: usize,
    pub value: String,
    /// The code of its statement before it.
    pub before: String,
}

/// The lines of code and the texts of a source that compiles.
pub fn parse(source: &str) -> (Vec<String>, Vec<Text>) {
    let mut parser = Parser {
        rest: source,
        code: vec![String::new()],
        texts: Vec::new(),
    };
    while parser.step() {}
    (parser.code, parser.texts)
}

struct Parser<'t> {
    rest: &'t str,
    code: Vec<String>,
    texts: Vec<Text>,
}

impl Parser<'_> {
    /// Takes a comment, a literal, or one character of code; `false` at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else {
            return false;
        };
        match first {
            '/' if self.rest.starts_with("//") => {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.skip(end);
            }
            '/' if self.rest.starts_with("/*") => self.block_comment(),
            '"' => self.text(),
            '\'' => self.quote(),
            '\n' => self.skip(1),
            _ => {
                self.line().push(first);
                self.skip(first.len_utf8());
            }
        }
        true
    }

    fn line(&mut self) -> &mut String {
        self.code.last_mut().unwrap()
    }

    /// Drops so many bytes; the lines are still counted.
    fn skip(&mut self, bytes: usize) {
        let (skipped, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        let lines = skipped.matches('\n').count();
        self.code.extend((0..lines).map(|_| String::new()));
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        loop {
            let step = match self.rest {
                rest if rest.starts_with("/*") => {
                    depth += 1;
                    2
                }
                rest if rest.starts_with("*/") => {
                    depth -= 1;
                    2
                }
                rest => rest.chars().next().map_or(0, char::len_utf8),
            };
            self.skip(step);
            if depth == 0 || step == 0 {
                return;
            }
        }
    }

    fn text(&mut self) {
        let line = self.code.len();
        let before = self.statement();
        let written = self.line().clone();
        let marks = written.len() - written.trim_end_matches('#').len();
        let prefix = written.trim_end_matches('#');
        let raw = ["r", "br", "cr"].iter().any(|raw| {
            let rest = prefix.strip_suffix(raw);
            rest.is_some_and(|rest| !rest.ends_with(|c: char| c == '_' || c.is_alphanumeric()))
        });
        let inside = &self.rest[1..];
        let (length, close, value) = match raw {
            true => {
                let close = format!("\"{}", "#".repeat(marks));
                let length = inside.find(&close).unwrap_or(inside.len() - close.len());
                (length, close.len(), inside[..length].to_owned())
            }
            false => {
                let length = closing_quote(inside);
                (length, 1, resolve(&inside[..length]))
            }
        };
        self.line().push_str("\"\"");
        self.skip(1 + length + close);
        self.texts.push(Text {
            line,
            value,
            before,
        });
    }

    /// The code since the last statement or block began or ended.
    fn statement(&self) -> String {
        let mut code = String::new();
        for line in self.code.iter().rev() {
            let from = line.rfind([';', '{', '}']).map_or(0, |at| at + 1);
            code = format!("{} {code}", line[from..].trim());
            if from > 0 {
                break;
            }
        }
        code
    }

    /// A character literal, or else the start of a lifetime.
    fn quote(&mut self) {
        let inside = &self.rest[1..];
        let mut chars = inside.char_indices();
        let length = match chars.next() {
            Some((_, '\\')) => inside[2..].find('\'').map(|at| at + 2),
            Some(_) => chars.next().and_then(|(at, c)| (c == '\'').then_some(at)),
            None => None,
        };
        self.line().push('\'');
        self.skip(length.map_or(1, |length| length + 2));
    }
}

fn closing_quote(inside: &str) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            '"' if !escaped => return at,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    inside.len()
}

fn resolve(written: &str) -> String {
    let mut value = String::new();
    let mut rest = written;
    while let Some(at) = rest.find('\\') {
        value += &rest[..at];
        let escape = rest[at + 1..].chars().next().unwrap_or('\\');
        rest = &rest[(at + 1 + escape.len_utf8()).min(rest.len())..];
        match escape {
            'n' => value.push('\n'),
            'r' => value.push('\r'),
            't' => value.push('\t'),
            '\n' => rest = rest.trim_start(),
            other => value.push(other),
        }
    }
    value + rest
}
