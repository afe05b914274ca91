//! Request paths, read in one way only.

use std::borrow::Cow;

use vicar_bundle::surface::Place;

use crate::{Refusal, reason};

/// The decoded segments of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segments<'p>(Vec<Cow<'p, str>>);

impl<'p> Segments<'p> {
    /// Splits and percent-decodes `path`.
    ///
    /// A path that two servers could read differently is refused: empty or dot segments, encoded
    /// separators, back slashes, control characters, malformed percent-encoding. A single
    /// trailing slash is dropped.
    pub(crate) fn parse(path: &'p str) -> Result<Self, Refusal> {
        let refuse = |what: &str| {
            Refusal::new(
                &reason::PATH_REFUSED,
                format!("the path holds {what}, which servers read in different ways"),
                "send the path in its normal form",
            )
        };
        if path.len() > LONGEST_PATH {
            return Err(refuse("more than 8192 bytes"));
        }
        let rest = path.strip_prefix('/').ok_or_else(|| refuse("no leading slash"))?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let mut segments = Vec::with_capacity(8);
        for raw in rest.split('/') {
            let segment =
                percent_decode(raw).ok_or_else(|| refuse("malformed percent-encoding"))?;
            if segment.is_empty() {
                return Err(refuse("an empty segment"));
            }
            if segment == "." || segment == ".." {
                return Err(refuse("a dot segment"));
            }
            if segment.chars().any(|c| matches!(c, '/' | '\\' | ';' | '?' | '#') || c.is_control())
            {
                return Err(refuse("an encoded separator, a parameter or a control character"));
            }
            segments.push(segment);
        }
        Ok(Self(segments))
    }

    /// The segments below `prefix`, when the path lies at or below it.
    pub(crate) fn below(&self, prefix: &[String]) -> Option<&[Cow<'p, str>]> {
        let (start, rest) = self.0.split_at_checked(prefix.len())?;
        start.iter().zip(prefix).all(|(segment, wanted)| segment == wanted).then_some(rest)
    }
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

fn percent_decode(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains('%') {
        return Some(Cow::Borrowed(raw));
    }
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
    String::from_utf8(decoded).ok().map(Cow::Owned)
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
            let refusal = Segments::parse(path).expect_err(path);
            assert_eq!(refusal.reason.code, "path_refused", "{path}");
        }
    }

    #[test]
    fn a_normal_path_splits_into_decoded_segments() {
        let segments = Segments::parse("/orders/caf%C3%A9/").unwrap();
        assert_eq!(segments.below(&["orders".to_owned()]), Some(&[Cow::Borrowed("café")][..]));
        assert_eq!(segments.below(&["order".to_owned()]), None);
    }

    #[test]
    fn the_port_of_a_host_does_not_count() {
        assert_eq!(without_port("mcp.example:8443"), "mcp.example");
        assert_eq!(without_port("[::1]:8443"), "[::1]");
        assert_eq!(without_port("::1"), "::1");
        assert_eq!(without_port("mcp.example"), "mcp.example");
    }
}
