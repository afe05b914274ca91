//! `ip("10.0.0.0/8")`: an address or a network.

use std::net::IpAddr;

use crate::value::IpNetwork;

/// Reads an IPv4 or IPv6 address with an optional prefix length. An IPv4 address written inside
/// an IPv6 one is refused, as Cedar does: its hexadecimal form says plainly that it is IPv6.
pub(crate) fn parse(text: &str) -> Result<IpNetwork, &'static str> {
    if text.len() > LONGEST {
        return Err("too long for an address");
    }
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    if is_mixed(text) {
        return Err("an IPv4 address inside an IPv6 one is not accepted");
    }
    let address: IpAddr = address.parse().map_err(|_| "not an IPv4 or IPv6 address")?;
    let whole = bits(address);
    let prefix = prefix.map_or(Ok(whole), |digits| parse_prefix(digits, whole))?;
    Ok(IpNetwork { address, prefix })
}

impl IpNetwork {
    /// `.isLoopback()`: whether every address of the network is.
    pub(crate) fn is_loopback(&self) -> bool {
        self.address.is_loopback() && self.prefix >= if self.address.is_ipv4() { 8 } else { 128 }
    }

    /// `.isMulticast()`: whether every address of the network is.
    pub(crate) fn is_multicast(&self) -> bool {
        self.address.is_multicast() && self.prefix >= if self.address.is_ipv4() { 4 } else { 8 }
    }

    /// `.isInRange()`: whether every address of the network is in `other`. Families do not mix.
    pub(crate) fn is_in_range(&self, other: &Self) -> bool {
        self.address.is_ipv4() == other.address.is_ipv4()
            && self.prefix >= other.prefix
            && network(self.address, other.prefix) == network(other.address, other.prefix)
    }
}

/// The first `prefix` bits of an address.
fn network(address: IpAddr, prefix: u8) -> u128 {
    let all = match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    let host_bits = u32::from(bits(address).saturating_sub(prefix));
    all.checked_shr(host_bits).unwrap_or(0)
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn parse_prefix(digits: &str, whole: u8) -> Result<u8, &'static str> {
    let is_canonical = digits == "0" || !digits.starts_with('0');
    if !is_canonical || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("a prefix length is digits without leading zeros");
    }
    match digits.parse() {
        Ok(prefix) if prefix <= whole => Ok(prefix),
        _ => Err("the prefix length is out of range"),
    }
}

fn is_mixed(text: &str) -> bool {
    let at_least_two = |wanted| text.chars().filter(|character| *character == wanted).count() >= 2;
    at_least_two(':') && at_least_two('.')
}

/// `ABCD:EF01:2345:6789:ABCD:EF01:2345:6789/128`
const LONGEST: usize = 43;
