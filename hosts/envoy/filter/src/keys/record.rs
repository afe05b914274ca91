//! What workers tell each other about one issuer's keys, through the proxy's shared data.

use vicar_token::UnixSeconds;

/// The shared record of one key source. Whoever shares the VM id can write it, so its document is
/// checked like one from the network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// When the document was fetched; `0` without one.
    pub(super) fetched: UnixSeconds,
    /// When an attempt last failed; `0` for never, or not since the document was fetched.
    pub(super) failed: UnixSeconds,
    /// Until when one worker has the task of fetching; `0` for none.
    pub(super) leased_until: UnixSeconds,
    /// The key set as the issuer sent it.
    pub(super) document: Vec<u8>,
}

impl Record {
    /// Reads a record; of bytes that are none, the empty one.
    pub(super) fn decode(bytes: &[u8], now: UnixSeconds) -> Self {
        Self::read(bytes, now).unwrap_or_default()
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for time in [self.fetched, self.failed, self.leased_until] {
            bytes.extend(time.to_le_bytes());
        }
        bytes.extend_from_slice(&self.document);
        bytes
    }

    fn read(bytes: &[u8], now: UnixSeconds) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (fetched, rest) = rest.split_first_chunk()?;
        let (failed, rest) = rest.split_first_chunk()?;
        let (leased_until, document) = rest.split_first_chunk()?;
        let time = |bytes: &[u8; 8]| UnixSeconds::from_le_bytes(*bytes);
        Some(Self {
            // Nothing that happened lies in the future, or keys would outlive their limit; and no
            // lease is longer than any that is taken.
            fetched: time(fetched).min(now),
            failed: time(failed).min(now),
            leased_until: time(leased_until).min(now.saturating_add(LONGEST_LEASE)),
            document: document.to_vec(),
        })
    }
}

/// Two attempts of the longest timeout, in seconds.
const LONGEST_LEASE: u64 = 130;

const MAGIC: &[u8] = b"vicar-keys-1";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_record_survives_the_shared_data() {
        let record = Record { fetched: 7, failed: 8, leased_until: 9, document: b"{}".to_vec() };
        assert_eq!(Record::decode(&record.encode(), 100), record);
        assert_eq!(Record::decode(b"", 100), Record::default());
    }

    #[test]
    fn times_of_the_future_are_cut() {
        let record =
            Record { fetched: u64::MAX, failed: 200, leased_until: u64::MAX, ..Record::default() };
        let read = Record::decode(&record.encode(), 100);
        assert_eq!((read.fetched, read.failed, read.leased_until), (100, 100, 100 + LONGEST_LEASE));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_record(bytes in any::<Vec<u8>>()) {
            let _ = Record::decode(&[MAGIC, &bytes].concat(), 5);
        }
    }
}
