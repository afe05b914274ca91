//! Addresses that keys may be fetched from.

use std::{fmt, net::IpAddr};

use crate::error::{AddressError, excerpt};

/// An absolute `https` address (or `http` on loopback, for tests), without user information or
/// fragment. Only a strict subset of RFC 3986 is accepted; it is never rewritten.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    text: String,
    origin: String,
}

impl Address {
    /// Reads an `https` address.
    ///
    /// # Errors
    /// [`AddressError`] when it is not one.
    pub fn https(text: &str) -> Result<Self, AddressError> {
        Self::parse(text, false)
    }

    /// Reads an `https` address, or an `http` one whose host is `localhost` or a loopback IP
    /// address: for tests and demonstrations on one machine.
    ///
    /// # Errors
    /// [`AddressError`] when it is neither.
    pub fn https_or_loopback(text: &str) -> Result<Self, AddressError> {
        Self::parse(text, true)
    }

    /// The address as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host in lower case, and port: what "same host" compares.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether the address is `http` on loopback.
    pub fn is_plain_loopback(&self) -> bool {
        self.origin.starts_with("http://")
    }

    fn parse(text: &str, loopback: bool) -> Result<Self, AddressError> {
        if text.len() > LONGEST {
            return Err(AddressError::TooLong { length: text.len(), limit: LONGEST });
        }
        let malformed = |why| AddressError::Malformed { address: excerpt(text), why };
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(malformed("it holds a space, a control or a non-ASCII character"));
        }
        if text.contains(['#', '\\']) {
            return Err(malformed("it has a fragment or a backslash"));
        }
        let (scheme, rest) = text.split_once("://").ok_or(malformed("it has no scheme"))?;
        let default_port = match scheme {
            "https" => 443,
            "http" if loopback => 80,
            _ => return Err(AddressError::NotHttps { address: excerpt(text) }),
        };
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(malformed("it carries user information"));
        }
        let (host, port) = split_port(authority).ok_or(malformed("its port is not a number"))?;
        if !is_host(host) {
            return Err(malformed("its host is not a name or an IP address"));
        }
        if scheme == "http" && !is_loopback(host) {
            return Err(AddressError::NotHttps { address: excerpt(text) });
        }
        let host = host.to_ascii_lowercase();
        let port = port.unwrap_or(default_port);
        let origin = format!("{scheme}://{host}:{port}");
        Ok(Self { text: text.to_owned(), origin })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Splits `host[:port]`; `None` when there is a port that is not one.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let bracket = authority.rfind(']').unwrap_or(0);
    match authority.rsplit_once(':') {
        Some((host, port)) if host.len() > bracket => {
            let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            let port = port.parse().ok().filter(|port| digits && *port != 0)?;
            Some((host, Some(port)))
        }
        _ => Some((authority, None)),
    }
}

fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return matches!(inner.parse(), Ok(IpAddr::V6(_)));
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Longest accepted address, in bytes.
const LONGEST: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_with_a_host_and_nothing_odd() {
        let cases = include_str!("../tests/data/addresses.txt");
        for line in cases.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (wanted, address) = line.split_once(' ').expect("wanted and address");
            let got = match (Address::https(address), Address::https_or_loopback(address)) {
                (Ok(_), Ok(_)) => "ok",
                (Err(_), Ok(_)) => "loopback",
                (Err(_), Err(_)) => "no",
                (Ok(_), Err(error)) => panic!("`{address}`: {error}"),
            };
            assert_eq!(got, wanted, "`{address}`");
        }
    }

    #[test]
    fn the_origin_ignores_letter_case_and_the_default_port() {
        let origin = |text| Address::https(text).expect(text).origin().to_owned();
        assert_eq!(origin("https://Login.Example/a"), origin("https://login.example:443/b?c"));
        assert_ne!(origin("https://login.example:8443/"), origin("https://login.example/"));
    }

    #[test]
    fn an_overlong_address_is_refused_by_length() {
        let long = format!("https://a.example/{}", "x".repeat(LONGEST));
        assert!(matches!(Address::https(&long), Err(AddressError::TooLong { limit: LONGEST, .. })));
    }
}
