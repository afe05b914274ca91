//! GUIDs as Entra writes them: 8-4-4-4-12 hexadecimal digits.

/// `text` in lower case, if it is a GUID without braces.
pub fn parse(text: &str) -> Option<String> {
    let shaped = text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    shaped.then(|| text.to_ascii_lowercase())
}

/// The GUID whose .NET byte order (first three groups little-endian) is `bytes`.
pub(crate) fn from_little_endian(bytes: [u8; 16]) -> String {
    let [a, b, c, d, e, f, g, h, tail @ ..] = bytes;
    let ordered = [d, c, b, a, f, e, h, g];
    let mut text = String::with_capacity(36);
    for (index, byte) in ordered.into_iter().chain(tail).enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for nibble in [byte >> 4, byte & 0xf] {
            text.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{from_little_endian, parse};

    #[test]
    fn a_guid_is_read_in_lower_case() {
        assert_eq!(
            parse("7D3E1A52-94c0-4c1f-8b6a-2f0c55e1a901").as_deref(),
            Some("7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901")
        );
    }

    #[test]
    fn other_texts_are_not_guids() {
        for text in [
            "",
            "7d3e1a5294c04c1f8b6a2f0c55e1a901",
            "{7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901}",
            "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a90g",
            "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901 ",
            "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a9\u{e9}",
            "{tenantid}",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn dotnet_byte_order() {
        let bytes = [
            0x52, 0x1a, 0x3e, 0x7d, 0xc0, 0x94, 0x1f, 0x4c, 0x8b, 0x6a, 0x2f, 0x0c, 0x55, 0xe1,
            0xa9, 0x01,
        ];
        assert_eq!(from_little_endian(bytes), "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901");
    }
}
