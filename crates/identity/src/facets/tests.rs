use proptest::prelude::*;

use super::{AGENT, FacetError, Facets};

fn values(text: &str) -> Vec<u32> {
    Facets::parse(text).unwrap().iter().collect()
}

#[test]
fn order_noise_and_repetition_do_not_matter() {
    for text in ["3 9 11", "11 3 9", "28 9 11 3", "3 11 9 28", "11 11 9 3", "0 9 4294967294 3 11"] {
        assert_eq!(values(text), [3, 9, 11], "{text}");
    }
}

#[test]
fn look_alikes_of_eleven_are_other_numbers() {
    for text in ["111 3", "1 1", "1 11111", "3 110", "211"] {
        assert!(!Facets::parse(text).unwrap().contains(AGENT), "{text}");
    }
}

#[test]
fn anything_but_single_spaces_and_plain_numbers_is_malformed() {
    let number = |piece: &str| FacetError::NotANumber(piece.to_owned());
    for (text, error) in [
        ("", FacetError::Empty),
        (" ", FacetError::Space),
        (" 11 ", FacetError::Space),
        ("3  11", FacetError::Space),
        ("11,3", number("11,3")),
        ("+11", number("+11")),
        ("-11", number("-11")),
        ("3\t11", number("3\t11")),
        ("3\u{a0}11", number("3\u{a0}11")),
        ("11\n", number("11\n")),
        ("0x0b", number("0x0b")),
        ("11.0", number("11.0")),
        ("1e1", number("1e1")),
        ("\u{661}\u{661}", number("\u{661}\u{661}")),
        ("\u{ff11}\u{ff11}", number("\u{ff11}\u{ff11}")),
        ("011", FacetError::LeadingZero("011".to_owned())),
        ("00", FacetError::LeadingZero("00".to_owned())),
        ("4294967296", FacetError::TooLarge("4294967296".to_owned())),
        ("99999999999999999999999", FacetError::TooLarge("99999999999999999999999".to_owned())),
    ] {
        assert_eq!(Facets::parse(text), Err(error), "{text:?}");
    }
}

#[test]
fn a_claim_of_too_many_numbers_is_malformed() {
    assert!(Facets::parse(&vec!["11"; 64].join(" ")).is_ok());
    assert_eq!(Facets::parse(&vec!["11"; 65].join(" ")), Err(FacetError::TooMany));
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics_and_is_read_one_way(text in ".{0,80}") {
        if let Ok(facets) = Facets::parse(&text) {
            let written = |piece: &str| piece.parse::<u32>().unwrap().to_string();
            let plain = text.split(' ').all(|piece| written(piece) == piece);
            prop_assert!(plain);
            prop_assert_eq!(facets.contains(AGENT), text.split(' ').any(|piece| piece == "11"));
        }
    }

    #[test]
    fn shuffling_and_even_numbers_change_nothing(
        (values, noise) in (
            prop::collection::vec(any::<u32>().prop_map(|value| value | 1), 1..8),
            prop::collection::vec(any::<u32>().prop_map(|value| value & !1), 0..8),
        ),
        shuffled in any::<prop::sample::Index>(),
    ) {
        let join = |values: &[u32]| values.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
        let mut all = [values.clone(), noise].concat();
        let at = shuffled.index(all.len());
        all.rotate_left(at);
        prop_assert_eq!(Facets::parse(&join(&all)), Facets::parse(&join(&values)));
    }
}
