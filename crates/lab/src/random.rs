//! Where randomness comes from: an argument, so that tests are the same each time.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use vicar_token::base64url;

use crate::guid;

/// A source of random bytes.
pub trait Random: Send {
    /// Fills `bytes`.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// The system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        // aws-lc fails only where the system has no randomness at all; what is left then is not
        // unpredictable, which in an emulator nothing rests on.
        let _ = aws_lc_rs::rand::fill(bytes);
    }
}

/// Bytes that follow from a seed: for tests and demos.
#[derive(Clone)]
pub struct SeededRandom {
    seed: u64,
    count: u64,
}

impl SeededRandom {
    /// A source that gives the same bytes for the same seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }
}

impl Random for SeededRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.count = self.count.wrapping_add(1);
            let input = [self.seed.to_be_bytes(), self.count.to_be_bytes()].concat();
            for (to, from) in chunk.iter_mut().zip(digest(&SHA256, &input).as_ref()) {
                *to = *from;
            }
        }
    }
}

impl fmt::Debug for SeededRandom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SeededRandom").finish_non_exhaustive()
    }
}

/// What the token service makes of random bytes.
impl dyn Random + '_ {
    /// A GUID.
    pub(crate) fn guid(&mut self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        guid::from_bytes(bytes)
    }

    /// `length` random bytes as base64url: an opaque value.
    pub(crate) fn opaque(&mut self, length: usize) -> String {
        let mut bytes = vec![0; length];
        self.fill(&mut bytes);
        base64url::encode(&bytes)
    }

    /// A number below `bound`, which is not 0. Not quite even; nothing rests on that.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_be_bytes(bytes).checked_rem(bound).unwrap_or_default()
    }

    /// A number from `from` to `to`, both possible.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        from.saturating_add(self.below(to.saturating_sub(from).saturating_add(1)))
    }

    /// Changes the order of `items`.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(u64::try_from(last).unwrap_or(0).saturating_add(1));
            items.swap(last, usize::try_from(other).unwrap_or(last));
        }
    }

    /// `length` characters of those a person reads off a screen: no vowels, nothing that looks
    /// like something else.
    pub(crate) fn readable(&mut self, length: usize) -> String {
        const ALPHABET: &[u8] = b"BCDFGHJKLMNPQRSTVWXYZ23456789";
        (0..length)
            .filter_map(|_| {
                let index = self.below(u64::try_from(ALPHABET.len()).ok()?);
                ALPHABET.get(usize::try_from(index).ok()?).copied().map(char::from)
            })
            .collect()
    }
}
