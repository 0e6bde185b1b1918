"""What schemathesis has to know of the hub: its formats, its lines, and what keeps a poll from waiting."""

import json
from urllib.parse import unquote

import schemathesis
from hypothesis import strategies as st

# What any request may be answered, before it is known what it is for: the response `default`.
FRONT_DOOR = {408, 414, 417, 421, 429, 431, 501, 503, 505}

LABEL_BYTES = 255
MESSAGE_BYTES = 64 << 10
USER_CHARS = 64

# No control characters (Cc), which nobody takes; no format characters (Cf), which the Mercure endpoint does not take; no
# halves of pairs (Cs); no braces of templates.
NAMES = st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs"], exclude_characters="{}")


def label(bound_bytes):
    return st.text(NAMES, min_size=1, max_size=bound_bytes).filter(lambda it: len(it.encode()) <= bound_bytes)


def means_hub(name):
    """Whether a topic, as a reference without a path, resolves to the hub's own."""
    name = name.strip(" ")
    return not name or name[0] in "?#"


PATTERNS = st.sampled_from(["/orders/:id", "https://example.com/*", "/a/(\\d+)", "?q=:q", "b"])
TEMPLATES = st.sampled_from(["*", "orders/{id}", "https://example.com/{section}/{page}", "{+path}", "a{?b,c*}"])
schemathesis.openapi.format("topic", label(LABEL_BYTES).filter(lambda it: it != "*" and not means_hub(it)))
schemathesis.openapi.format("selector", label(LABEL_BYTES) | TEMPLATES)
schemathesis.openapi.format("urlpattern", PATTERNS)
schemathesis.openapi.format("label", label(LABEL_BYTES))
schemathesis.openapi.format("user", st.text(NAMES, min_size=1, max_size=USER_CHARS).filter(str.strip))
schemathesis.openapi.format("message", st.text(max_size=100))


@schemathesis.serializer("application/x-ndjson")
def lines(_, value):
    if not isinstance(value, list):
        return json.dumps(value).encode()
    return "".join(json.dumps(line) + "\n" for line in value).encode()


@schemathesis.deserializer("application/x-ndjson")
def read_lines(_, response):
    return [json.loads(line) for line in response.text.split("\n") if line]


@schemathesis.hook
def map_case(context, case):
    """Polls do not wait; and what is meant to be accepted keeps the rules that no schema can say."""
    case.query, case.headers = case.query or {}, case.headers or {}
    query, headers = case.query, case.headers
    if query.get("format") == "poll" and is_number(query.get("wait", 25)):
        query["wait"] = 0
    if case.meta.generation.mode.is_negative:
        return case
    if case.media_type == "application/x-ndjson":
        for name in ["type", "id", "retry", "private", "alternate"]:
            query.pop(name, None)
    for field, parameter in [("Event-Type", "type"), ("Event-ID", "id"), ("Event-Retry", "retry")]:
        if parameter in query or case.media_type == "application/x-ndjson":
            headers.pop(field, None)
        elif field in headers:
            # The hub reads UTF-8, and what sends it takes every byte for a character.
            headers[field] = str(headers[field]).encode().decode("latin-1")
    if case.operation.path == "/.well-known/mercure" and case.method in ("GET", "HEAD"):
        keep_one_draft(query)
    if "presence" in query and not names_a_topic(case):
        query.pop("presence")
    return case


def names_a_topic(case):
    """Whether presence can be told: of one topic at least, by its name."""
    topics = case.query.get("topic", [])
    topics = [topics] if isinstance(topics, str) else list(topics)
    # A path has them encoded, and says several between commas.
    topics += [unquote(str(name)) for key, name in (case.path_parameters or {}).items() if key == "topic"]
    return not topics or any(topic != "*" and "{" not in topic for topic in topics)


def keep_one_draft(query):
    """At least one topic, or one kind of matchers, but not both."""
    kinds = [name for name in query if name.startswith("match")]
    for name in kinds[1:] + (["topic"] if kinds else []):
        query.pop(name, None)
    if not kinds:
        query.setdefault("topic", ["a"])
    # Each of these may be a regular expression, of which there may be ten.
    query.update({name: query[name][:10] for name in ["match_urlpattern"] if name in query})


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Lets pass what is no failure of the hub."""
    if case.operation.path == "/.well-known/mercure":
        # OpenAPI 3.1 has no word for this method.
        if "Undocumented methods advertised: QUERY" in failure.message:
            return False
        # In a form everything is text, and one of several is as good as a list of one.
        if "Incorrect type" in failure.message and case.method == "POST":
            return False
    # RFC 6750 has 400 for what is no credential at all.
    if "invalid credentials provided" in failure.message and "400 Bad Request" in failure.message:
        return False
    # Which methods there are does not depend on what a place is called.
    if case.method == "OPTIONS" and response.status_code == 204 and "violates" in failure.message:
        return False
    # What a body says to a topic is its data, whatever it is.
    if case.operation.path == "/events/{topic}" and "in body - incorrect type" in failure.message:
        return False
    # The same of its query, where one of several is as good as a list of one.
    violated = [line for line in failure.message.splitlines() if line.lstrip().startswith("- ")]
    if case.operation.path == "/events/{topic}" and violated and all("violates `type`" in it for it in violated):
        return False
    # Fields that nobody has asked for are none of our business.
    return "unexpected properties" not in failure.message


def is_number(value):
    return str(value).isascii() and str(value).isdigit() and int(value) <= 60


@schemathesis.check
def status_is_named(context, response, case):
    """Each status stands in the description by its number, or is one of the front door's."""
    named = {int(status) for status in case.operation.definition.raw["responses"] if status != "default"}
    status = response.status_code
    assert status in named | FRONT_DOOR | {405}, f"{status} is not named for {case.operation.label}"


@schemathesis.check
def errors_have_their_body(context, response, case):
    """Whatever is refused is refused with a sentence in JSON."""
    if response.status_code < 400 or response.request.method == "HEAD":
        return
    body = json.loads(response.content)
    assert body["succeeded"] is False and body["errorMessage"], body
