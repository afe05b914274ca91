//! Where a call goes: below the configured base address, and nowhere else.

use std::net::IpAddr;

use reqwest::Url;
use vicar_token::quote::Quoted;

use super::resolver::is_local;
use crate::serve::{
    reason::{DOWNSTREAM_ADDRESS_REFUSED, DOWNSTREAM_PATH_REFUSED},
    refusal::Refusal,
};

/// Joins the base address and a path (perhaps with a query).
pub(super) fn of<'a>(
    base: &Url,
    relative: Option<&str>,
    query: impl Iterator<Item = &'a (String, String)>,
) -> Result<Url, Refusal> {
    let mut url = match relative {
        None => base.clone(),
        Some(relative) => join(base, relative).ok_or_else(|| {
            Refusal::new(
                DOWNSTREAM_PATH_REFUSED,
                format!("the path {} does not stay below the API's base address", Quoted(relative)),
                "name a path without dot segments, scheme, host, backslash and fragment",
            )
        })?,
    };
    let mut query = query.peekable();
    if query.peek().is_some() {
        let mut pairs = url.query_pairs_mut();
        for (name, value) in query {
            pairs.append_pair(name, value);
        }
    }
    Ok(url)
}

fn join(base: &Url, relative: &str) -> Option<Url> {
    let (path, query) =
        relative.split_once('?').map_or((relative, None), |(path, query)| (path, Some(query)));
    let unfit = |character: char| character.is_control() || matches!(character, '\\' | '#');
    if relative.contains(unfit) || path.contains("://") || path.starts_with("//") {
        return None;
    }
    for segment in path.split('/') {
        let decoded = decoded(segment);
        if decoded == b"." || decoded == b".." || decoded.iter().any(|b| b"/\\\0".contains(b)) {
            return None;
        }
    }
    let mut url = base.clone();
    let below = base.path().trim_end_matches('/').to_owned();
    let path = path.strip_prefix('/').unwrap_or(path);
    url.set_path(&format!("{below}/{path}"));
    url.set_query(query);
    let same = url.origin() == base.origin() && url.path().starts_with(&format!("{below}/"));
    same.then_some(url)
}

/// Percent-decoded until nothing changes: nobody behind us reads a dot segment of it.
fn decoded(segment: &str) -> Vec<u8> {
    let mut bytes = segment.as_bytes().to_vec();
    for _ in 0..3 {
        let mut next = Vec::with_capacity(bytes.len());
        let mut rest = bytes.as_slice();
        while let [first, tail @ ..] = rest {
            match (first, tail) {
                (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                    (Some(high), Some(low)) => {
                        next.push(high * 16 + low);
                        rest = after;
                    }
                    _ => {
                        next.push(b'%');
                        rest = tail;
                    }
                },
                (byte, tail) => {
                    next.push(*byte);
                    rest = tail;
                }
            }
        }
        if next == bytes {
            break;
        }
        bytes = next;
    }
    bytes
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Names are looked at when they are resolved; an address that is written is looked at here.
pub(super) fn permitted(url: &Url, local: bool) -> Result<(), Refusal> {
    let host = url.host_str().unwrap_or_default();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match bare.parse::<IpAddr>() {
        Ok(address) if !local && is_local(address) => Err(refused(host)),
        _ => Ok(()),
    }
}

pub(super) fn refused(host: &str) -> Refusal {
    Refusal::new(
        DOWNSTREAM_ADDRESS_REFUSED,
        format!("the host {} is at a loopback, link-local or metadata address", Quoted(host)),
        "set `Vicar__DownstreamApis__{name}__AllowLocalAddresses` to `true` if the API is there",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_base_address() {
        let base = Url::parse("https://api.example/v1/").unwrap();
        let join = |relative: &str| join(&base, relative).map(|url| url.to_string());
        for (relative, wanted) in [
            ("orders/7", "https://api.example/v1/orders/7"),
            ("/orders?a=b&c=//d", "https://api.example/v1/orders?a=b&c=//d"),
            ("", "https://api.example/v1/"),
            ("a%20b", "https://api.example/v1/a%20b"),
            ("@evil.example/x", "https://api.example/v1/@evil.example/x"),
            ("a:b", "https://api.example/v1/a:b"),
        ] {
            assert_eq!(join(relative).as_deref(), Some(wanted), "{relative}");
        }
        for relative in [
            "..",
            "../x",
            "a/../../x",
            "a/%2e%2E/x",
            "%252e%252e/x",
            "..%2fx",
            "a%5c..",
            "//evil",
            "https://evil/",
            "a\\b",
            "a#b",
            "a\nb",
            "a%00",
            ".",
        ] {
            assert_eq!(join(relative), None, "{relative}");
        }
    }

    #[test]
    fn written_addresses_are_looked_at() {
        for (url, wanted) in [
            ("http://127.0.0.1/", false),
            ("http://2130706433/", false),
            ("http://0x7f.1/", false),
            ("http://[::1]/", false),
            ("http://[::ffff:169.254.169.254]/", false),
            ("http://169.254.169.254/", false),
            ("http://10.0.0.1/", true),
            ("http://api.example/", true),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(permitted(&url, false).is_ok(), wanted, "{url}");
            assert!(permitted(&url, true).is_ok());
        }
    }
}
