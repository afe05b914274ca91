//! Numbers that no key has.

use super::PublicKey;

impl PublicKey {
    /// What makes the numbers unfit for a key, in plain words; `None` if nothing does.
    ///
    /// Verifiers differ in what they refuse, and some look only when they verify. This is what can
    /// be told without arithmetic: the sizes of RSA numbers, and encodings of Ed25519 points on
    /// which verifiers disagree. A key set's keys have passed it; a verifier that takes keys from
    /// elsewhere asks again. Whether a point is on its curve is for the verifier to see.
    pub fn fault(&self) -> Option<&'static str> {
        match self {
            Self::Ed25519 { x } => edwards(x),
            Self::P256 { .. } | Self::P384 { .. } => None,
            Self::Rsa { n, e } => rsa(n, e),
        }
    }
}

fn rsa(n: &[u8], e: &[u8]) -> Option<&'static str> {
    let odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    // RFC 7518 sections 2 and 6.3.1.1: the minimum number of octets.
    if n.first() == Some(&0) || e.first() == Some(&0) {
        return Some("its numbers have leading zero octets");
    }
    match bits(n) {
        ..2048 => return Some("its modulus is shorter than 2048 bits"),
        8193.. => return Some("its modulus is longer than 8192 bits"),
        _ => {}
    }
    if !odd(n) {
        return Some("its modulus is even, so it is no RSA modulus");
    }
    if !odd(e) || e == [1] || e.len() > 4 {
        return Some("its exponent is not an odd number from 3 to 32 bits");
    }
    None
}

/// The length in bits of a number without leading zero octets.
fn bits(number: &[u8]) -> usize {
    let spare = number.first().map_or(0, |first| first.leading_zeros() as usize);
    (number.len() * 8).saturating_sub(spare)
}

/// A point with two encodings, or of small order, is not a key that anybody made in earnest.
fn edwards(x: &[u8; 32]) -> Option<&'static str> {
    let mut y = *x;
    let [.., last] = &mut y;
    // The top bit is the sign of the other coordinate.
    *last &= 0x7f;
    // Little-endian, so the comparison with the field's prime starts from the end.
    if y.iter().rev().ge(FIELD_PRIME.iter().rev()) {
        return Some("its `x` is not in canonical form");
    }
    SMALL_ORDER
        .contains(&y)
        .then_some("its `x` is a point of small order, for which anybody can sign")
}

/// 2^255 - 19, little-endian (RFC 8032 section 5.1).
const FIELD_PRIME: [u8; 32] = {
    let mut prime = [0xff; 32];
    prime[0] = 0xed;
    prime[31] = 0x7f;
    prime
};

/// The `y` coordinates of the eight points whose order divides the cofactor, little-endian.
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    {
        let mut one = [0; 32];
        one[0] = 1;
        one
    },
    {
        let mut minus_one = FIELD_PRIME;
        minus_one[0] = 0xec;
        minus_one
    },
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];
