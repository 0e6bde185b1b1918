//! Parts of a URL whose groups are whole segments: matched segment by segment, without a regular expression.
//!
//! What is read here is the expression that the crate `urlpattern` makes of such a part. It has literal texts,
//! names that take one segment, and wildcards that take any number of them, and may have an optional tail. A
//! name or a wildcard is always followed by the character that separates segments, or by the end. So there is
//! one way to match a name, and of several ways to match a wildcard the shortest is as good as any.

/// A name, as the crate writes it for paths and for hosts, and what separates their segments.
const NAMES: [(&str, char); 2] = [("[^/]+?", '/'), ("[^\\.]+?", '.')];

/// A wildcard.
const WILDCARD: &str = ".*";

/// A part of a URL whose groups are whole segments.
#[derive(Debug)]
pub(super) struct Segments {
    separator: char,
    /// What it may be made of: two ways if there is an optional tail.
    ways: Vec<Vec<Item>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Text(String),
    /// One segment that is not empty.
    Name,
    /// Anything.
    Wildcard,
}

impl Segments {
    /// Reads an expression without captures; `None` if it takes more than this.
    pub(super) fn read(expression: &str) -> Option<Segments> {
        let inner = expression.strip_prefix('^')?.strip_suffix('$')?;
        NAMES.into_iter().find_map(|(name, separator)| {
            let mut reader = Reader { rest: inner, name };
            let mut items = Vec::new();
            let mut tail = Vec::new();
            while !reader.rest.is_empty() {
                if !tail.is_empty() {
                    return None;
                }
                let (found, is_optional) = reader.part()?;
                match is_optional {
                    true => tail = found,
                    false => items.extend(found),
                }
            }
            let with_tail = (!tail.is_empty()).then(|| [items.clone(), tail].concat());
            let ways = std::iter::once(items).chain(with_tail).map(joined);
            let ways: Vec<_> = ways.collect();
            let are_whole = ways.iter().all(|items| are_whole(items, separator));
            are_whole.then_some(Segments { separator, ways })
        })
    }

    pub(super) fn matches(&self, value: &str) -> bool {
        self.ways
            .iter()
            .any(|items| self.leads_to_end(items, value))
    }

    /// Whether these items match all of a text.
    fn leads_to_end(&self, items: &[Item], text: &str) -> bool {
        let mut pieces = items.split(|item| *item == Item::Wildcard);
        let first = pieces.next().unwrap_or_default();
        let Some(mut rest) = self.behind(first, text) else {
            return false;
        };
        let mut pieces: Vec<_> = pieces.collect();
        let Some(last) = pieces.pop() else {
            return rest.is_empty();
        };
        for piece in pieces {
            match self.behind_earliest(piece, rest) {
                Some(behind) => rest = behind,
                None => return false,
            }
        }
        self.ends_with(last, rest)
    }

    /// What follows some items without a wildcard.
    fn behind<'t>(&self, items: &[Item], text: &'t str) -> Option<&'t str> {
        items.iter().try_fold(text, |rest, item| match item {
            Item::Text(text) => rest.strip_prefix(text.as_str()),
            Item::Name => {
                let end = rest.find(self.separator).unwrap_or(rest.len());
                (end > 0).then(|| &rest[end..])
            }
            Item::Wildcard => None,
        })
    }

    /// What follows the items where they match first.
    fn behind_earliest<'t>(&self, items: &[Item], text: &'t str) -> Option<&'t str> {
        let mut begins = text.match_indices(self.separator);
        begins.find_map(|(begin, _)| self.behind(items, &text[begin..]))
    }

    /// Whether a text ends with the items.
    fn ends_with(&self, items: &[Item], text: &str) -> bool {
        let separators = items.iter().map(|item| match item {
            Item::Text(text) => text.matches(self.separator).count(),
            Item::Name | Item::Wildcard => 0,
        });
        let Some(earlier) = separators.sum::<usize>().checked_sub(1) else {
            return true;
        };
        let begin = text.rmatch_indices(self.separator).nth(earlier);
        begin.is_some_and(|(begin, _)| self.behind(items, &text[begin..]) == Some(""))
    }
}

/// Whether each name and wildcard ends where a segment does, and each wildcard begins where one does.
fn are_whole(items: &[Item], separator: char) -> bool {
    let is_end = |item: Option<&Item>| match item {
        None => true,
        Some(Item::Text(text)) => text.starts_with(separator),
        Some(Item::Name | Item::Wildcard) => false,
    };
    let is_begin = |item: Option<&Item>| match item {
        None => true,
        Some(Item::Text(text)) => text.ends_with(separator),
        Some(Item::Name | Item::Wildcard) => false,
    };
    (0..items.len()).all(|place| match items[place] {
        Item::Text(_) => true,
        Item::Name => is_end(items.get(place + 1)),
        Item::Wildcard => {
            let before = place.checked_sub(1).and_then(|before| items.get(before));
            is_begin(before) && is_end(items.get(place + 1))
        }
    })
}

/// The same items, with texts that stand side by side made one.
fn joined(items: Vec<Item>) -> Vec<Item> {
    let mut joined: Vec<Item> = Vec::with_capacity(items.len());
    for item in items {
        match (joined.last_mut(), item) {
            (Some(Item::Text(text)), Item::Text(more)) => *text += &more,
            (_, item) => joined.push(item),
        }
    }
    joined
}

/// An expression, read up to some place.
struct Reader<'e> {
    rest: &'e str,
    name: &'static str,
}

impl Reader<'_> {
    /// A character, or a group and whether it is optional.
    fn part(&mut self) -> Option<(Vec<Item>, bool)> {
        if !self.take("(?:") {
            return Some((vec![self.text()?], false));
        }
        let items = self.inner()?;
        let is_optional = self.take("?");
        // Repeated ones are left to the engine.
        let is_repeated = self.rest.starts_with(['*', '+', '{', '?']);
        (!is_repeated).then_some((items, is_optional))
    }

    /// What stands in a group, up to its end.
    fn inner(&mut self) -> Option<Vec<Item>> {
        if let Some(group) = self.group() {
            return Some(vec![group]);
        }
        let mut items = Vec::new();
        while !self.take(")") {
            let group = self.take("(?:").then(|| self.group());
            items.push(match group {
                Some(group) => group?,
                None => self.text()?,
            });
        }
        Some(items)
    }

    /// A name or a wildcard, up to the end of its group.
    fn group(&mut self) -> Option<Item> {
        let items = [(self.name, Item::Name), (WILDCARD, Item::Wildcard)];
        items.into_iter().find_map(|(expression, item)| {
            let behind = self.rest.strip_prefix(expression)?.strip_prefix(')')?;
            self.rest = behind;
            Some(item)
        })
    }

    /// One character that stands for itself.
    fn text(&mut self) -> Option<Item> {
        let is_escaped = self.take("\\");
        let character = self.rest.chars().next()?;
        let is_text = match is_escaped {
            true => character.is_ascii_punctuation(),
            false => !r".+*?^${}()[]|\".contains(character),
        };
        self.rest = &self.rest[character.len_utf8()..];
        // One that is repeated is left to the engine.
        let is_repeated = self.rest.starts_with(['*', '+', '?', '{']);
        (is_text && !is_repeated).then(|| Item::Text(character.into()))
    }

    fn take(&mut self, wanted: &str) -> bool {
        let behind = self.rest.strip_prefix(wanted);
        self.rest = behind.unwrap_or(self.rest);
        behind.is_some()
    }
}
