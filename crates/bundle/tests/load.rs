//! Files that must load, and files that must not.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use proptest::prelude::*;
use vicar_bundle::{Bundle, BundleError, Contents, Digest, bundle::LONGEST_BUNDLE};
use vicar_policy::Program;

fn sample() -> Bundle {
    let mut contents: Contents =
        serde_json::from_str(include_str!("data/contents.json")).expect("sample contents");
    contents.program = Program::compile(Vec::new()).expect("an empty program").to_bytes();
    Bundle::new(contents).expect("a bundle")
}

/// A file with these contents and the right digest.
fn file(contents: &str) -> Vec<u8> {
    let digest = Digest::of(contents.as_bytes());
    format!("{{\"vicar_bundle\":1,\"digest\":\"{digest}\",\"contents\":{contents}}}\n").into_bytes()
}

fn contents_text() -> String {
    String::from_utf8(sample().contents().to_canonical_bytes()).expect("UTF-8")
}

#[test]
fn a_written_bundle_loads_as_itself() {
    let bundle = sample();
    let loaded = Bundle::load(&bundle.to_bytes()).expect("loads");
    assert_eq!(loaded, bundle);
    assert_eq!(loaded.to_bytes(), bundle.to_bytes());
}

#[test]
fn the_file_is_json_whose_contents_have_the_digest() {
    let bundle = sample();
    let bytes = bundle.to_bytes();
    let json: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(json["vicar_bundle"], 1);
    assert_eq!(json["digest"], bundle.digest().to_string());
    assert_eq!(bytes, file(&contents_text()));
}

/// Changes with the sample or the format; a change of the format alone is a new format version.
#[test]
fn the_format_of_version_1_stays() {
    assert_eq!(
        sample().digest().to_string(),
        "sha256:4473f74af97d98917f68a63f90082cd26d7cda0f56394800c46db5facd203fba"
    );
}

#[test]
fn a_member_given_twice_is_refused() {
    let text = contents_text().replacen(
        "\"name\":\"sample\"",
        "\"name\":\"sample\",\"name\":\"sample\"",
        1,
    );
    assert!(matches!(Bundle::load(&file(&text)), Err(BundleError::Malformed(_))));
}

#[test]
fn an_issuer_member_given_twice_is_refused() {
    let text = contents_text().replacen(
        "\"single_audience\":false",
        "\"single_audience\":false,\"single_audience\":false",
        1,
    );
    assert!(Bundle::load(&file(&text)).is_err());
}

#[test]
fn an_unknown_member_is_refused() {
    for (place, with) in [
        ("\"name\":\"sample\"", "\"name\":\"sample\",\"extra\":1"),
        ("\"single_audience\":false", "\"single_audience\":false,\"extra\":1"),
        ("\"path\":\"/mcp\"", "\"path\":\"/mcp\",\"extra\":1"),
    ] {
        let text = contents_text().replacen(place, with, 1);
        assert!(matches!(Bundle::load(&file(&text)), Err(BundleError::Malformed(_))), "{with}");
    }
}

#[test]
fn other_bytes_for_the_same_contents_are_refused() {
    let text = contents_text().replacen("\"name\":", "\"name\": ", 1);
    assert_eq!(Bundle::load(&file(&text)), Err(BundleError::NotCanonical));
    let text = contents_text().replacen("sample", "\\u0073ample", 1);
    assert_eq!(Bundle::load(&file(&text)), Err(BundleError::NotCanonical));
}

#[test]
fn a_newer_version_is_named() {
    let newer = String::from_utf8(file("{}")).expect("UTF-8").replacen(":1,", ":27,", 1);
    assert_eq!(Bundle::load(newer.as_bytes()), Err(BundleError::VersionUnsupported { found: 27 }));
}

#[test]
fn changed_contents_do_not_have_the_digest() {
    let changed = String::from_utf8(sample().to_bytes()).expect("UTF-8").replacen(
        "\"disabled\":false",
        "\"disabled\":true",
        1,
    );
    assert!(matches!(Bundle::load(changed.as_bytes()), Err(BundleError::DigestMismatch { .. })));
}

#[test]
fn broken_contents_with_a_right_digest_are_refused() {
    let text =
        contents_text().replacen("\"clock_skew_seconds\":60", "\"clock_skew_seconds\":6000", 1);
    let error = Bundle::load(&file(&text)).expect_err("refused");
    assert_eq!(error.reason().code, "bundle_invalid");
    assert_eq!(
        error.to_string(),
        "trust[0].trusted.clock_skew_seconds: expected at most 300 seconds"
    );
}

#[test]
fn a_damaged_program_is_refused() {
    let mut contents = sample().contents().clone();
    contents.program.truncate(3);
    let error = Bundle::new(contents).expect_err("refused");
    assert_eq!(error.reason().code, "bundle_program_invalid");
}

#[test]
fn a_huge_file_is_refused_by_its_length() {
    let length = LONGEST_BUNDLE + 1;
    assert_eq!(Bundle::load(&vec![b' '; length]), Err(BundleError::TooLarge { length }));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_load(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Bundle::load(&bytes).is_err());
    }

    #[test]
    fn arbitrary_contents_never_panic(text in "[\\[\\]{}:,\"a-z0-9 .-]{0,200}") {
        prop_assert!(Bundle::load(&file(&text)).is_err());
    }

    #[test]
    fn a_changed_byte_is_refused(position in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let mut bytes = sample().to_bytes();
        let index = position.index(bytes.len());
        bytes[index] ^= flip;
        prop_assert!(Bundle::load(&bytes).is_err());
    }

    #[test]
    fn a_changed_byte_with_a_new_digest_never_panics(
        position in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut contents = sample().contents().to_canonical_bytes();
        let index = position.index(contents.len());
        contents[index] = byte;
        if let Ok(text) = String::from_utf8(contents)
            && let Ok(bundle) = Bundle::load(&file(&text))
        {
            prop_assert_eq!(bundle.to_bytes(), file(&text));
        }
    }
}
