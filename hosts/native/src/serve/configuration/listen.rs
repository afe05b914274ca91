//! `ASPNETCORE_URLS`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Problems, Variables};

/// An address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The address.
    pub address: SocketAddr,
    /// Whether the sidecar may do without it (`localhost` where there is no IPv6).
    pub optional: bool,
}

pub(super) fn read(variables: &Variables, problems: &mut Problems) -> Vec<Listen> {
    let key = "ASPNETCORE_URLS";
    let Some(urls) = variables.get(key) else { return localhost(DEFAULT_PORT) };
    let mut listen = Vec::new();
    for url in urls.split(';').map(str::trim).filter(|url| !url.is_empty()) {
        match parse(url) {
            Some(addresses) => listen.extend(addresses),
            None => problems.value(
                &variables.name(key),
                url,
                "plain `http://` with localhost, an IP address, `+` or `*`, and a port",
            ),
        }
    }
    listen
}

fn parse(url: &str) -> Option<Vec<Listen>> {
    let rest = url.strip_prefix("http://")?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
        _ => (rest, 80),
    };
    let sure = |ip: IpAddr| vec![Listen { address: SocketAddr::new(ip, port), optional: false }];
    match host {
        "localhost" => Some(localhost(port)),
        // The first serves both where the system lets it; then the second finds its port taken.
        "+" | "*" => Some(vec![
            Listen { address: (Ipv6Addr::UNSPECIFIED, port).into(), optional: true },
            Listen { address: (Ipv4Addr::UNSPECIFIED, port).into(), optional: true },
        ]),
        _ => {
            let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
            match bare {
                Some(bare) => bare.parse::<Ipv6Addr>().ok().map(|ip| sure(ip.into())),
                None => host.parse::<Ipv4Addr>().ok().map(|ip| sure(ip.into())),
            }
        }
    }
}

fn localhost(port: u16) -> Vec<Listen> {
    vec![
        Listen { address: (Ipv4Addr::LOCALHOST, port).into(), optional: false },
        Listen { address: (Ipv6Addr::LOCALHOST, port).into(), optional: port != 0 },
    ]
    .into_iter()
    .filter(|listen| port != 0 || listen.address.is_ipv4())
    .collect()
}

const DEFAULT_PORT: u16 = 5000;

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn addresses_of_aspnetcore_urls() {
        let first = |url: &str| parse(url).map(|listen| listen[0].address.to_string());
        for (url, wanted) in [
            ("http://+:5000", "[::]:5000"),
            ("http://*:80/", "[::]:80"),
            ("http://localhost:5178", "127.0.0.1:5178"),
            ("http://127.0.0.1", "127.0.0.1:80"),
            ("http://[::1]:5000", "[::1]:5000"),
        ] {
            assert_eq!(first(url).as_deref(), Some(wanted), "{url}");
        }
        for url in ["https://+:5001", "http://example.com:1", "http://+:x", "5000", "http://[::1:5"]
        {
            assert_eq!(first(url), None, "{url}");
        }
    }
}
