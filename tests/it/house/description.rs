//! docs/openapi.yaml describes every path and method that there is, and no other.

use std::rc::Rc;
use std::sync::Arc;

use ssehub::http::{HttpConfig, MetricsAccess, Site};
use ssehub::{HubConfig, Roster};

use super::check;
use super::source::{Source, read};
use crate::talk::Talk;
use crate::world::World;

/// Where the paths are written that the server knows.
const ROUTES: [&str; 6] = [
    "src/http/route.rs",
    "src/http/dashboard.rs",
    "src/http/page.rs",
    "src/http/mercure.rs",
    "src/http/mercure/metadata.rs",
    "src/topic.rs",
];

/// A method that OpenAPI 3.1 has no word for; the description says it in prose.
const UNSPEAKABLE: &str = "QUERY";

/// A path of the description, with its methods.
struct Place {
    path: String,
    methods: Vec<String>,
}

impl Place {
    /// Whether a path in the sources is this one; where a parameter follows, it may be all that stands before.
    fn is(&self, path: &str) -> bool {
        match self.path.split_once('{') {
            None => self.path == path,
            Some((before, _)) => path
                .strip_prefix(before)
                .is_some_and(|rest| !rest.contains('/')),
        }
    }

    /// Whether it is this one, or one that says itself what may follow.
    fn is_at(&self, path: &str) -> bool {
        let before = self.path.split('{').next().unwrap_or_default();
        self.is(path) || before.strip_suffix('/') == Some(path)
    }

    /// A target at this place, which `known` in the sources is: that file, or an `a` for each parameter.
    fn target(&self, known: &str) -> String {
        if self.path.ends_with("{file}") {
            return known.to_owned();
        }
        let mut target = String::new();
        for part in self.path.split_inclusive('}') {
            match part.split_once('{') {
                None => target += part,
                Some((before, _)) => target += &format!("{before}a"),
            }
        }
        target
    }
}

/// What the description says, as far as its lines tell: paths are two spaces deep, and methods four.
fn described() -> Vec<Place> {
    let text = read("docs/openapi.yaml");
    let paths = text.lines().skip_while(|line| *line != "paths:").skip(1);
    let paths = paths.take_while(|line| line.is_empty() || line.starts_with(' '));
    let mut places: Vec<Place> = Vec::new();
    for line in paths {
        let depth = line.len() - line.trim_start().len();
        let name = line.trim_start().split(':').next().unwrap_or_default();
        match (depth, places.last_mut()) {
            (2, _) => places.push(Place {
                path: name.to_owned(),
                methods: Vec::new(),
            }),
            (4, Some(place)) if name != "parameters" => {
                place.methods.push(name.to_uppercase());
            }
            _ => {}
        }
    }
    places
}

/// The paths in the sources.
fn written() -> Vec<String> {
    let sources = ROUTES.map(|path| Source::parse(path, &read(path)));
    let texts = sources.iter().flat_map(|source| &source.texts);
    let paths = texts.filter(|text| text.value.starts_with('/'));
    paths.map(|text| text.value.clone()).collect()
}

#[test]
fn every_path_is_described() {
    let described = described();
    let missing = written().into_iter();
    let missing = missing.filter(|path| !described.iter().any(|place| place.is(path)));
    check("docs/openapi.yaml has every path", missing.collect());
}

#[test]
fn what_is_described_is_there() {
    let written = written();
    let places = described();
    assert!(places.len() > 10, "the description is not understood");
    let mut offences = Vec::new();
    for place in &places {
        let known = written.iter().find(|path| place.is_at(path));
        let Some(known) = known else {
            offences.push(format!("{} is not in the sources", place.path));
            continue;
        };
        let mut methods = methods_at(&place.target(known));
        let mut described = place.methods.clone();
        methods.retain(|method| method != UNSPEAKABLE);
        methods.sort();
        described.sort();
        if methods != described {
            offences.push(format!("{}: {methods:?}, not {described:?}", place.path));
        }
    }
    check("the server has what docs/openapi.yaml says", offences);
}

/// What the server itself says.
fn methods_at(target: &str) -> Vec<String> {
    let world = World::new(HubConfig::default());
    let (roster, _) = Roster::new(world.hub.clone());
    let config = HttpConfig::default()
        .debug_page(true)
        .metrics(MetricsAccess::Granted)
        .roster(Some(roster));
    let site = Arc::new(Site::new(world.hub.clone(), config));
    let mut talk = Talk::in_world(Rc::new(world), site);
    talk.send(format!("OPTIONS {target} HTTP/1.1\r\nHost: h\r\n\r\n"));
    let reply = talk.reply().expect("a reply");
    let allowed = reply.field("allow").unwrap_or_default();
    let methods = allowed.split(", ").map(str::to_uppercase).collect();
    talk.finish();
    methods
}
