//! Request paths, read in one way only.

use std::borrow::Cow;

use vicar_bundle::surface::Place;

use crate::{Refusal, reason};

/// A decoded path: its segments between single slashes, none at either end.
///
/// No segment holds a slash, so the text says which they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path<'p>(Cow<'p, str>);

impl<'p> Path<'p> {
    /// Percent-decodes `path`.
    ///
    /// A path that two servers could read differently is refused: empty or dot segments, encoded
    /// separators, back slashes, control characters, malformed percent-encoding. A single
    /// trailing slash is dropped.
    pub(crate) fn parse(path: &'p str) -> Result<Self, Refusal> {
        if path.len() > LONGEST_PATH {
            return Err(refused("more than 8192 bytes"));
        }
        let rest = path.strip_prefix('/').ok_or_else(|| refused("no leading slash"))?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if !rest.contains('%') {
            segments(rest).try_for_each(check)?;
            return Ok(Self(Cow::Borrowed(rest)));
        }
        let mut decoded = String::with_capacity(rest.len());
        for (number, raw) in segments(rest).enumerate() {
            let segment =
                percent_decode(raw).ok_or_else(|| refused("malformed percent-encoding"))?;
            check(&segment)?;
            if number > 0 {
                decoded.push('/');
            }
            decoded.push_str(&segment);
        }
        Ok(Self(Cow::Owned(decoded)))
    }

    /// The rest of the path below `prefix`, when it lies at or below it. Both are written without
    /// a slash at either end.
    pub(crate) fn below(&self, prefix: &str) -> Option<&str> {
        if prefix.is_empty() {
            return Some(&self.0);
        }
        match self.0.strip_prefix(prefix)? {
            "" => Some(""),
            rest => rest.strip_prefix('/'),
        }
    }
}

/// The segments of a decoded path.
pub(crate) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(move |_| !path.is_empty())
}

fn check(segment: &str) -> Result<(), Refusal> {
    let separates = |byte: u8| matches!(byte, b'/' | b'\\' | b';' | b'?' | b'#');
    if segment.is_empty() {
        return Err(refused("an empty segment"));
    }
    if segment == "." || segment == ".." {
        return Err(refused("a dot segment"));
    }
    if segment.bytes().any(|byte| separates(byte) || byte.is_ascii_control())
        || (!segment.is_ascii() && segment.chars().any(char::is_control))
    {
        return Err(refused("an encoded separator, a parameter or a control character"));
    }
    Ok(())
}

#[cold]
fn refused(what: &str) -> Refusal {
    Refusal::new(
        &reason::PATH_REFUSED,
        format!("the path holds {what}, which servers read in different ways"),
        "send the path in its normal form",
    )
}

/// The segments of a path or template written in a bundle.
pub(crate) fn written(path: &str) -> Vec<String> {
    path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
}

/// Whether a place accepts this `Host` value.
pub(crate) fn serves_host(place: &Place, host: &str) -> bool {
    place.hosts.is_empty()
        || place.hosts.iter().any(|accepted| accepted.eq_ignore_ascii_case(without_port(host)))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if !name.is_empty()
                && port.bytes().all(|byte| byte.is_ascii_digit())
                && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    }
}

fn percent_decode(raw: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            decoded.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

const LONGEST_PATH: usize = 8192;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_reads_in_two_ways_is_refused() {
        for path in [
            "",
            "orders",
            "//orders",
            "/orders//1",
            "/./orders",
            "/orders/..",
            "/orders/%2e%2e",
            "/orders%2f1",
            "/orders%5c1",
            "/orders\\1",
            "/orders/%zz",
            "/orders/%f",
            "/a;b",
            "/%00",
            "/%ff",
        ] {
            let refusal = Path::parse(path).expect_err(path);
            assert_eq!(refusal.reason.code, "path_refused", "{path}");
        }
    }

    #[test]
    fn a_normal_path_is_decoded() {
        let path = Path::parse("/orders/caf%C3%A9/").unwrap();
        assert_eq!(path.below("orders"), Some("café"));
        assert_eq!(path.below("orders/café"), Some(""));
        assert_eq!(path.below(""), Some("orders/café"));
        assert_eq!(path.below("order"), None);
        assert_eq!(path.below("orders/caf"), None);
        assert_eq!(Path::parse("/").unwrap().below(""), Some(""));
        assert_eq!(segments("orders/café").collect::<Vec<_>>(), ["orders", "café"]);
        assert_eq!(segments("").count(), 0);
    }

    #[test]
    fn the_port_of_a_host_does_not_count() {
        assert_eq!(without_port("mcp.example:8443"), "mcp.example");
        assert_eq!(without_port("[::1]:8443"), "[::1]");
        assert_eq!(without_port("::1"), "::1");
        assert_eq!(without_port("mcp.example"), "mcp.example");
    }
}
