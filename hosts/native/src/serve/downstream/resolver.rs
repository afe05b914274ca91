//! Names to addresses, local ones left out: a name may lead anywhere (DNS rebinding).

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The system's resolver, without names that lead to this machine or its neighbours.
#[derive(Clone, Copy, Debug)]
pub(super) struct RemoteOnly;

/// The name leads to an address that is not called.
#[derive(Clone, Copy, Debug)]
pub(super) struct LocalAddress;

impl fmt::Display for LocalAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name leads to a local address")
    }
}

impl std::error::Error for LocalAddress {}

impl Resolve for RemoteOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // What is looked at here is what is connected to; a later connection asks anew.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(all_remote(found)?.into_iter()) as Addrs)
        })
    }
}

/// One bad address is enough: whoever set it meant us to try it.
fn all_remote(found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, LocalAddress> {
    match found.iter().any(|address| is_local(address.ip())) {
        true => Err(LocalAddress),
        false => Ok(found),
    }
}

/// Loopback, link-local, unspecified, multicast, and the platform's metadata services.
pub(super) fn is_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_local_v4(address),
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unicast_link_local()
                || embedded(address).is_some_and(is_local_v4)
                || METADATA_V6.contains(&address)
        }
    }
}

const fn is_local_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, fourth] = address.octets();
    first == 0
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_multicast()
        || matches!((first, second, third, fourth), (168, 63, 129, 16) | (100, 100, 100, 200))
}

/// An IPv4 address inside one of IPv6: NAT64 (RFC 6052), 6to4 (RFC 3056), IPv4-compatible.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0x64, 0xff9b, _, _, _, _, high, low] | [0, 0, 0, 0, 0, 0, high, low] => {
            Some(of(high, low))
        }
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

/// Metadata services that are not link-local.
const METADATA_V6: [Ipv6Addr; 1] = [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)];

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::{all_remote, is_local};

    #[test]
    fn a_name_that_turns_local_is_not_called() {
        let answer = |addresses: &[&str]| {
            let found =
                addresses.iter().map(|it| SocketAddr::new(it.parse().unwrap(), 443)).collect();
            all_remote(found).map(|found| found.len()).ok()
        };
        // The same name, asked again and again.
        assert_eq!(answer(&["20.190.128.1", "2603:1006::1"]), Some(2));
        assert_eq!(answer(&["127.0.0.1"]), None);
        assert_eq!(answer(&["20.190.128.1", "169.254.169.254"]), None);
        assert_eq!(answer(&["::ffff:127.0.0.1", "20.190.128.1"]), None);
        assert_eq!(answer(&[]), Some(0));
    }

    #[test]
    fn local_addresses_in_every_disguise() {
        for address in [
            "127.0.0.1",
            "127.1.2.3",
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "168.63.129.16",
            "100.100.100.200",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "::7f00:1",
            "fd00:ec2::254",
        ] {
            assert!(is_local(address.parse().unwrap()), "{address}");
        }
        for address in ["10.0.0.1", "192.168.1.1", "20.190.128.1", "2603:1006::1", "fd00::1"] {
            assert!(!is_local(address.parse().unwrap()), "{address}");
        }
    }
}
