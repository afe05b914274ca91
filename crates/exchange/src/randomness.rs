//! Randomness that the host brings.

use std::fmt;

use crate::{Guid, digest::Digest};

/// 32 random octets, new for every [`Machine`](crate::Machine). From them come the correlation
/// id, each certificate assertion's `jti`, and the spread of pauses. The same octets give the
/// same requests, byte for byte.
#[derive(Clone)]
pub struct Randomness {
    seed: [u8; 32],
    drawn: u64,
}

impl Randomness {
    /// From the host's random number generator.
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The next GUID.
    pub(crate) fn guid(&mut self) -> Guid {
        let [head @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = self.draw();
        Guid::random(head)
    }

    /// A number from `least` to `most`.
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.draw();
        let width = most.saturating_sub(least).saturating_add(1);
        let drawn = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        least.saturating_add(drawn.checked_rem(width).unwrap_or(0))
    }

    fn draw(&mut self) -> [u8; 32] {
        self.drawn = self.drawn.wrapping_add(1);
        *Digest::of_parts([&self.seed[..], &self.drawn.to_be_bytes()]).as_bytes()
    }
}

impl fmt::Debug for Randomness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Randomness(***)")
    }
}
