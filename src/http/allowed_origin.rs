//! The origins of pages (RFC 6454; WHATWG HTML, section "Origin").

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// An origin whose pages may call: `https://example.org`; `https://*.example.org` for every name below that one,
/// however deep, but not for itself; `null` for pages without an origin, such as files; `*` for all pages.
///
/// Scheme, host and port must be the same. A port that is usual for its scheme is the same as none.
///
/// ```
/// use ssehub::http::AllowedOrigin;
/// let below: AllowedOrigin = "https://*.example.org".parse().unwrap();
/// assert!(below.is("https://www.example.org"));
/// assert!(below.is("https://a.b.example.org:443"));
/// assert!(!below.is("https://example.org"));
/// assert!(!below.is("https://evilexample.org"));
/// assert!(!below.is("http://www.example.org"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedOrigin(Pages);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pages {
    All,
    WithoutOrigin,
    /// In lower case.
    Of {
        scheme: String,
        /// Whether the host stands for all names below it.
        below: bool,
        /// With the port, unless that is usual for the scheme.
        host: String,
    },
}

impl AllowedOrigin {
    /// Whether it lets pages of this origin call.
    pub fn is(&self, origin: &str) -> bool {
        match &self.0 {
            Pages::All => true,
            Pages::WithoutOrigin => origin == "null",
            Pages::Of {
                scheme,
                below,
                host,
            } => split(origin).is_some_and(|(its_scheme, its_host)| {
                let is_host = match below {
                    false => its_host == *host,
                    true => its_host.strip_suffix(host.as_str()).is_some_and(are_labels),
                };
                its_scheme == *scheme && is_host
            }),
        }
    }

    /// Whether it lets all pages call.
    pub(super) fn is_any(&self) -> bool {
        self.0 == Pages::All
    }

    /// Whether it names a domain of the first level: nearly everything may be below that.
    #[doc(hidden)]
    pub fn is_wide(&self) -> bool {
        match &self.0 {
            Pages::Of { below, host, .. } => {
                let name = host.split(':').next().unwrap_or_default();
                *below && !name.contains('.') && name != "localhost"
            }
            Pages::All | Pages::WithoutOrigin => false,
        }
    }
}

/// The text is no origin.
///
/// ```
/// use ssehub::http::{AllowedOrigin, InvalidOrigin};
/// assert_eq!("https://example.org/path".parse::<AllowedOrigin>(), Err(InvalidOrigin));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidOrigin;

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an origin as browsers send it is expected, without a path: https://example.org, \
             https://*.example.org, http://localhost:3000, null, or * for all",
        )
    }
}

impl std::error::Error for InvalidOrigin {}

impl FromStr for AllowedOrigin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<AllowedOrigin, InvalidOrigin> {
        match text {
            "*" => return Ok(AllowedOrigin(Pages::All)),
            "null" => return Ok(AllowedOrigin(Pages::WithoutOrigin)),
            _ => {}
        }
        let (scheme, host) = split(text).ok_or(InvalidOrigin)?;
        let (below, host) = match host.strip_prefix("*.") {
            Some(rest) => (true, rest.to_owned()),
            None => (false, host),
        };
        match is_scheme(&scheme) && is_host(&host, below) {
            true => Ok(AllowedOrigin(Pages::Of {
                scheme,
                below,
                host,
            })),
            false => Err(InvalidOrigin),
        }
    }
}

/// Scheme and host of an origin, in lower case, with the port if that is not usual for the scheme.
fn split(origin: &str) -> Option<(String, String)> {
    let (scheme, host) = origin.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let usual = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => "",
    };
    let host = host.strip_suffix(usual).unwrap_or(host);
    Some((scheme, host.to_ascii_lowercase()))
}

/// RFC 3986, section 3.1.
fn is_scheme(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(fits)
}

/// A name or an address, perhaps with a port.
fn is_host(text: &str, below: bool) -> bool {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (text, None),
    };
    let is_port =
        |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let six = name.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let is_name = match six {
        Some(six) => !below && six.parse::<Ipv6Addr>().is_ok(),
        None => name.split('.').all(is_label),
    };
    is_name && port.is_none_or(is_port)
}

fn is_label(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}

/// Whether whole labels of a name stand before the point at the end: `a.`, `a.b.`.
fn are_labels(text: &str) -> bool {
    text.strip_suffix('.')
        .is_some_and(|labels| labels.split('.').all(is_label))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(allowed: &str, origin: &str) -> bool {
        allowed.parse::<AllowedOrigin>().unwrap().is(origin)
    }

    #[test]
    fn a_named_origin_allows_itself_alone() {
        for origin in [
            "https://example.org",
            "http://localhost:3000",
            "http://[::1]:8080",
            "http://192.0.2.1",
            "capacitor://localhost",
            "chrome-extension://abcdefghijklmnop",
            "vscode-webview://0a-b",
            "null",
        ] {
            assert!(allows(origin, origin), "{origin}");
            for other in ["https://example.com", "", "https://", "null", "*"] {
                assert_eq!(allows(origin, other), origin == other, "{origin} {other}");
            }
        }
        assert!(allows("*", "https://anything.example"));
        assert!(!allows(
            "https://example.org",
            "https://example.org.evil.example"
        ));
        assert!(!allows("https://example.org", "https://wwwexample.org"));
    }

    #[test]
    fn a_usual_port_and_the_case_make_no_difference() {
        assert!(allows("https://Example.org", "https://example.org"));
        assert!(allows("https://example.org:443", "https://example.org"));
        assert!(allows("http://example.org", "http://example.org:80"));
        assert!(!allows("http://example.org", "http://example.org:443"));
        assert!(!allows("https://example.org", "https://example.org:8443"));
        assert!(!allows("https://example.org", "http://example.org"));
    }

    #[test]
    fn a_wildcard_stands_for_whole_labels() {
        let below = "https://*.example.org";
        for name in ["a", "a.b", "a-1.b_2.c"] {
            assert!(
                allows(below, &format!("https://{name}.example.org")),
                "{name}"
            );
        }
        for origin in [
            "https://example.org",
            "https://.example.org",
            "https://a..example.org",
            "https://evilexample.org",
            "https://evil.example/.example.org",
            "https://evil.example?.example.org",
            "https://a.example.org.evil.example",
            "https://a.example.org:8443",
            "http://a.example.org",
            "null",
        ] {
            assert!(!allows(below, origin), "{origin}");
        }
        assert!(allows("http://*.localhost:3000", "http://a.localhost:3000"));
        assert!(!allows("http://*.localhost:3000", "http://a.localhost"));
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        for text in [
            "",
            "example.org",
            "https://",
            "https://example.org/",
            "https://example.org/a",
            "https://example.org:",
            "https://example.org:99999",
            "https://example.org:+1",
            "https://user@example.org",
            "https://*",
            "https://*.",
            "https://a.*.org",
            "https://a*.example.org",
            "https://*.[::1]",
            "https://bücher.example",
            "https://a b",
            "https://a\"b",
            "*.example.org",
            "//example.org",
            "1://a",
        ] {
            assert_eq!(text.parse::<AllowedOrigin>(), Err(InvalidOrigin), "{text}");
        }
    }
}
