//! The shapes of names, ids, addresses and templates in a bundle. The compiler and the loader
//! ask the same questions here.

/// A name in the directory, of an issuer, an API, a server or a provider: 1 to 128 of
/// `A-Z a-z 0-9 . _ -`. No slash, so `<realm>/<id>` never looks like one.
pub fn is_name(text: &str) -> bool {
    bounded(text, 128, |byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// A name of a tool or model: as [`is_name`], and `/` and `:` (`openai/gpt-4.1`, `llama3:8b`).
pub fn is_path_name(text: &str) -> bool {
    bounded(text, 128, |byte| byte.is_ascii_alphanumeric() || b"._-/:".contains(&byte))
}

/// A lower-case GUID with dashes, as `tid`, `oid` and app ids are written.
pub fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(position, byte)| match position {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// One or more printable ASCII characters without a space, `"` or `\`: an `aud`, an `iss`, a scope,
/// an id.
pub fn is_token_text(text: &str) -> bool {
    bounded(text, 1024, |byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

/// Text for a person: no control characters, at most 256 characters, not empty.
pub fn is_display(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= 256 && !text.chars().any(char::is_control)
}

/// An `https` address with a host and without user info, fragment or white space.
pub fn is_https_url(text: &str) -> bool {
    text.strip_prefix("https://").is_some_and(|rest| is_authority(rest, is_host)) && token_url(text)
}

/// The origin of a token service: `https`, or `http` on loopback (an emulator); no path.
pub fn is_origin(text: &str) -> bool {
    let bare = |rest: &str| !rest.contains(['/', '?']);
    is_https_url(text) && text.strip_prefix("https://").is_some_and(bare)
        || is_loopback_url(text) && text.split_once("://").is_some_and(|(_, rest)| bare(rest))
}

/// The address of an API without query and closing slash: `https` to a host elsewhere, or, where
/// `loopback` says that the API is on this machine, `http` or `https` to a loopback host.
pub fn is_base_url(text: &str, loopback: bool) -> bool {
    let fits =
        if loopback { is_loopback_url(text) } else { is_https_url(text) && !is_loopback_url(text) };
    let path = text.splitn(4, '/').nth(3);
    fits && !text.contains('?') && path.is_none_or(is_relative_path)
}

/// An `http` or `https` address whose host is `localhost` or an address of 127.0.0.0/8 or `[::1]`.
pub fn is_loopback_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| is_authority(rest, is_loopback_host)) && token_url(text)
}

fn is_loopback_host(host: &str) -> bool {
    let address = host.parse::<std::net::Ipv4Addr>();
    host == "localhost" || host == "[::1]" || address.is_ok_and(|address| address.is_loopback())
}

/// Host and port at the start of `rest`, up to a path or query.
fn is_authority(rest: &str, is_host: fn(&str) -> bool) -> bool {
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    is_host(host) && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0))
}

fn token_url(text: &str) -> bool {
    is_token_text(text) && !text.contains(['#', '<', '>', '`', '^', '{', '}', '|', '@'])
}

/// A path below an address: segments without a leading slash, none of them empty, `.` or `..`.
pub fn is_relative_path(text: &str) -> bool {
    text.len() <= 512 && text.split('/').all(is_literal_segment)
}

/// The name of an environment variable (POSIX: letters, digits and `_`, no leading digit).
pub fn is_variable(text: &str) -> bool {
    is_parameter(text)
}

/// A host name or address in lower case, without port.
pub fn is_host(text: &str) -> bool {
    bounded(text, 253, |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'))
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

/// A SPIFFE trust domain (SPIFFE-ID section 2.1).
pub fn is_trust_domain(text: &str) -> bool {
    bounded(text, 255, |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'))
}

/// A path prefix: empty, or whole segments as in `/mcp` and `/v1/tools`, without a final slash.
pub fn is_path_prefix(text: &str) -> bool {
    text.is_empty()
        || text.len() <= 512
            && text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_literal_segment))
}

/// A path template: `/`, or segments that are literal, `{name}`, or last `{name*}`.
pub fn is_path_template(text: &str) -> bool {
    if text == "/" {
        return true;
    }
    let Some(rest) = text.strip_prefix('/').filter(|_| text.len() <= 512) else { return false };
    let count = rest.split('/').count();
    let mut parameters: Vec<&str> = Vec::new();
    rest.split('/').enumerate().all(|(position, segment)| match TemplateSegment::parse(segment) {
        Some(TemplateSegment::Literal(_)) => true,
        Some(TemplateSegment::Parameter(name)) => is_new(&mut parameters, name),
        Some(TemplateSegment::Rest(name)) => position + 1 == count && is_new(&mut parameters, name),
        None => false,
    })
}

/// A segment of a path template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateSegment<'a> {
    /// This text.
    Literal(&'a str),
    /// `{name}`: one segment, not empty.
    Parameter(&'a str),
    /// `{name*}`: all that is left, at least one segment.
    Rest(&'a str),
}

impl<'a> TemplateSegment<'a> {
    /// Reads one segment, without slashes.
    pub fn parse(segment: &'a str) -> Option<Self> {
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(inner) => match inner.strip_suffix('*') {
                Some(name) => is_parameter(name).then_some(Self::Rest(name)),
                None => is_parameter(inner).then_some(Self::Parameter(inner)),
            },
            None => is_literal_segment(segment).then_some(Self::Literal(segment)),
        }
    }
}

/// The segments of a template or path after its first slash; none for `/` and the empty path.
pub fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/')
        .filter(|rest| !rest.is_empty())
        .into_iter()
        .flat_map(|rest| rest.split('/'))
}

/// An identifier that Cedar takes as an attribute without quotes: a path parameter.
pub fn is_parameter(text: &str) -> bool {
    bounded(text, 64, |byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !text.starts_with(|first: char| first.is_ascii_digit())
}

/// An upper-case HTTP method.
pub fn is_method(text: &str) -> bool {
    bounded(text, 32, |byte| byte.is_ascii_uppercase() || byte == b'-')
}

/// A lower-case header name (RFC 9110 section 5.6.2).
pub fn is_header_name(text: &str) -> bool {
    bounded(text, 128, |byte| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
    })
}

/// Headers that carry credentials: never shown to policies, for a verdict quotes what it saw.
pub const CREDENTIAL_HEADERS: [&str; 5] =
    ["authorization", "cookie", "dpop", "proxy-authorization", "set-cookie"];

fn is_literal_segment(segment: &str) -> bool {
    segment != "."
        && segment != ".."
        && bounded(segment, 256, |byte| {
            byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte)
        })
}

fn is_new<'a>(seen: &mut Vec<&'a str>, name: &'a str) -> bool {
    let new = !seen.contains(&name);
    seen.push(name);
    new
}

fn bounded(text: &str, longest: usize, allowed: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.len() <= longest && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(predicate: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(predicate(text), "should pass: {text:?}");
        }
        for text in bad {
            assert!(!predicate(text), "should not pass: {text:?}");
        }
    }

    #[test]
    fn names() {
        check(is_name, &["a", "invoice-agent", "v1.2_x"], &["", "a/b", "a b", "ü", "a:b"]);
        check(is_path_name, &["openai/gpt-4.1", "llama3:8b"], &["", "a b", "a\"b"]);
    }

    #[test]
    fn guids_are_lower_case() {
        check(
            is_guid,
            &["7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901"],
            &[
                "",
                "7D3E1A52-94c0-4c1f-8b6a-2f0c55e1a901",
                "7d3e1a5294c04c1f8b6a2f0c55e1a901",
                "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a90",
                "7d3e1a52_94c0_4c1f_8b6a_2f0c55e1a901",
            ],
        );
    }

    #[test]
    fn addresses_are_https_with_a_host() {
        check(
            is_https_url,
            &["https://a.example", "https://a.example:8443/x?y=1", "https://10.0.0.1/keys"],
            &[
                "http://a.example",
                "https://",
                "https:///keys",
                "https://a@b.example",
                "https://a.example:0/",
                "https://a.example:99999/",
                "https://a.example/#x",
                "https://A.example",
                "https://a.example/ x",
                "https://login.example/{tenantid}/keys",
                "https://-a.example",
                "https://a..example",
            ],
        );
    }

    #[test]
    fn addresses_of_apis_are_elsewhere_unless_they_say_so() {
        check(
            |text| is_base_url(text, false),
            &["https://api.example", "https://graph.microsoft.com/v1.0", "https://a.example:8443"],
            &[
                "http://api.example",
                "https://localhost:8443",
                "https://127.0.0.1/x",
                "https://[::1]",
                "https://api.example/",
                "https://api.example/a/../b",
                "https://api.example/a?b",
                "https://user@api.example",
                "//api.example",
            ],
        );
        check(
            |text| is_base_url(text, true),
            &["http://localhost:8080", "http://127.0.0.1:9000/v1", "https://[::1]:8443"],
            &[
                "http://api.example",
                "https://api.example",
                "http://localhost.example",
                "http://0.0.0.0",
            ],
        );
        check(
            is_origin,
            &["https://login.example", "https://localhost:8443", "http://127.0.0.1:8443"],
            &["https://login.example/", "https://login.example/x", "http://login.example", ""],
        );
    }

    #[test]
    fn prefixes_and_templates() {
        check(
            is_path_prefix,
            &["", "/mcp", "/v1/tools"],
            &["/", "mcp", "/mcp/", "/a//b", "/a/../b", "/%41", "/{x}"],
        );
        check(
            is_path_template,
            &["/", "/orders", "/orders/{id}", "/files/{path*}"],
            &["", "orders", "/orders/", "/{a}/{a}", "/{path*}/x", "/{1}", "/{}", "/x{id}", "/a?b"],
        );
    }

    #[test]
    fn segments_of_the_root_are_none() {
        assert_eq!(segments("/").count(), 0);
        assert_eq!(segments("/a/{b}").collect::<Vec<_>>(), ["a", "{b}"]);
    }
}
