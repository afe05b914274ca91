//! proxy-wasm's encoding of header fields and of lists in properties: a count, the lengths of each
//! name and value, then each followed by a NUL, all numbers 32 bits little-endian.

use crate::host::Status;

/// Encodes fields.
///
/// # Errors
/// [`Status::SerializationFailure`] when a length does not fit 32 bits.
pub fn encode(fields: &[(&[u8], &[u8])]) -> Result<Vec<u8>, Status> {
    let number = |length: usize| {
        u32::try_from(length).map(u32::to_le_bytes).map_err(|_| Status::SerializationFailure)
    };
    let mut bytes = number(fields.len())?.to_vec();
    for (name, value) in fields {
        bytes.extend(number(name.len())?);
        bytes.extend(number(value.len())?);
    }
    for (name, value) in fields {
        for text in [name, value] {
            bytes.extend_from_slice(text);
            bytes.push(0);
        }
    }
    Ok(bytes)
}

/// Decoded fields: one allocation for all their bytes, in the proxy's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldBlock {
    bytes: Vec<u8>,
    /// Where each name begins, and the lengths of name and value; a NUL follows each.
    places: Vec<(usize, usize, usize)>,
}

impl FieldBlock {
    /// Takes over the proxy's encoding.
    ///
    /// # Errors
    /// [`Status::ParseFailure`] when the bytes are not that encoding.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, Status> {
        let places = places(&bytes)?;
        Ok(Self { bytes, places })
    }

    /// Name and value of every field, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.places.iter().filter_map(|(start, name, value)| {
            let rest = self.bytes.get(*start..)?;
            let (name, rest) = rest.split_at_checked(*name)?;
            Some((name, rest.get(1..)?.get(..*value)?))
        })
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

fn places(bytes: &[u8]) -> Result<Vec<(usize, usize, usize)>, Status> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let (count, mut lengths) = take_number(bytes)?;
    let table = count.checked_mul(8).ok_or(Status::ParseFailure)?;
    let mut texts = lengths.get(table..).ok_or(Status::ParseFailure)?;
    let mut places = Vec::with_capacity(count);
    for _ in 0..count {
        let (name, rest) = take_number(lengths)?;
        let (value, rest) = take_number(rest)?;
        lengths = rest;
        let start = bytes.len().saturating_sub(texts.len());
        texts = after_text(after_text(texts, name)?, value)?;
        places.push((start, name, value));
    }
    if texts.is_empty() { Ok(places) } else { Err(Status::ParseFailure) }
}

fn take_number(bytes: &[u8]) -> Result<(usize, &[u8]), Status> {
    let (number, rest) = bytes.split_first_chunk::<4>().ok_or(Status::ParseFailure)?;
    let number = usize::try_from(u32::from_le_bytes(*number)).map_err(|_| Status::ParseFailure)?;
    Ok((number, rest))
}

fn after_text(bytes: &[u8], length: usize) -> Result<&[u8], Status> {
    let (_, rest) = bytes.split_at_checked(length).ok_or(Status::ParseFailure)?;
    let (_, rest) = rest.split_first().filter(|(end, _)| **end == 0).ok_or(Status::ParseFailure)?;
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(
            fields in proptest::collection::vec((any::<Vec<u8>>(), any::<Vec<u8>>()), 0..8)
        ) {
            let borrowed: Vec<_> = fields.iter().map(|(n, v)| (n.as_slice(), v.as_slice())).collect();
            let encoded = encode(&borrowed).unwrap();
            let block = FieldBlock::decode(encoded).unwrap();
            prop_assert_eq!(block.iter().collect::<Vec<_>>(), borrowed);
        }

        #[test]
        fn any_bytes_are_fields_or_an_error(bytes in any::<Vec<u8>>()) {
            let _ = FieldBlock::decode(bytes);
        }
    }

    #[test]
    fn a_cut_or_lengthened_encoding_is_refused() {
        let encoded = encode(&[(b"a", b"1"), (b"b", b"")]).unwrap();
        for length in 1..encoded.len() {
            let cut = FieldBlock::decode(encoded[..length].to_vec());
            assert_eq!(cut, Err(Status::ParseFailure), "{length}");
        }
        let longer = [encoded.as_slice(), b"x"].concat();
        assert_eq!(FieldBlock::decode(longer), Err(Status::ParseFailure));
        let endless = u32::MAX.to_le_bytes().to_vec();
        assert_eq!(FieldBlock::decode(endless), Err(Status::ParseFailure));
    }
}
