//! GUIDs as Entra writes them.

use aws_lc_rs::digest::{SHA256, digest};

/// Whether `text` is a GUID in lower case, 8-4-4-4-12.
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// `text` in lower case, if it is a GUID.
pub(crate) fn parse(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    is_guid(&lower).then_some(lower)
}

/// The GUID of 16 bytes, marked as version 4.
pub(crate) fn from_bytes(mut bytes: [u8; 16]) -> String {
    for (index, byte) in bytes.iter_mut().enumerate() {
        match index {
            6 => *byte = (*byte & 0x0f) | 0x40,
            8 => *byte = (*byte & 0x3f) | 0x80,
            _ => {}
        }
    }
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for nibble in [byte >> 4, byte & 0xf] {
            text.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
    text
}

/// A GUID that follows from `parts` and nothing else.
pub(crate) fn derived(parts: &[&str]) -> String {
    let hash = digest(&SHA256, parts.join("\n").as_bytes());
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(hash.as_ref()) {
        *to = *from;
    }
    from_bytes(bytes)
}

/// The 16 bytes of a GUID in .NET's order: the first three groups little-endian.
pub(crate) fn to_little_endian(guid: &str) -> Option<[u8; 16]> {
    let digits: Vec<u8> =
        guid.chars().filter_map(|digit| digit.to_digit(16)?.try_into().ok()).collect();
    let bytes: Vec<u8> = digits
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0_u8, |sum, nibble| (sum << 4) | nibble))
        .collect();
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = bytes.try_into().ok()?;
    Some([d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p])
}

#[cfg(test)]
mod tests {
    use super::{derived, from_bytes, is_guid, parse, to_little_endian};

    #[test]
    fn dotnet_byte_order_is_that_of_the_check_vector() {
        let bytes = to_little_endian("7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901").unwrap();
        assert_eq!(vicar_token::base64url::encode(&bytes), "Uho-fcCUH0yLai8MVeGpAQ");
        assert_eq!(to_little_endian("7d3e1a52"), None);
    }

    #[test]
    fn made_guids_are_guids() {
        assert!(is_guid(&from_bytes([0xff; 16])));
        assert_ne!(derived(&["a", "b"]), derived(&["a", "c"]));
        assert_eq!(parse("UPN@contoso.example"), None);
    }
}
