//! The demo as people see it, natively: the wasm engine's bytes are the same, which
//! `tests/conformance` proves.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use vicar_demo::show::{Shown, show};
use vicar_demo::table::{Paint, WIDTH};
use vicar_native::engine::NativeEngine;

const README: &str = include_str!("../../../README.md");

fn shown(brief: bool, colours: bool) -> Shown {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/reference");
    show(&NativeEngine, "native", &folder, Paint { colours }, brief).unwrap()
}

#[test]
fn every_row_comes_out_as_the_data_file_says() {
    assert_eq!(shown(false, false).surprises, Vec::<String>::new());
}

#[test]
fn the_table_and_every_sentence() {
    let text = shown(false, false).text;
    // The digest changes with every change of the reference bundle; the table need not.
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("sha256:")).collect();
    let text = lines.join("\n");
    insta::assert_snapshot!(text);
}

#[test]
fn the_story_comes_out_as_it_is_told() {
    let told = vicar_demo::story::show(Paint { colours: false }).unwrap();
    assert_eq!(told.surprises, Vec::<String>::new(), "{}", told.text);
    // Neither a token nor a secret is shown.
    assert!(!told.text.contains("eyJ0") && !told.text.contains("eyJhbGci"), "{}", told.text);
}

#[test]
fn the_readme_shows_what_the_demo_prints() {
    let table = shown(true, false).text;
    assert!(
        README.contains(table.trim_end()),
        "README.md shows another table than `vicar-demo --brief` prints:\n{table}"
    );
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for line in shown(false, false).text.lines() {
        assert!(line.chars().count() <= WIDTH, "{line}");
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    let mut plain = String::new();
    let mut coloured = shown(false, true).text;
    while let Some((before, rest)) = coloured.split_once('\u{1b}') {
        plain.push_str(before);
        coloured = rest.split_once('m').map_or(String::new(), |(_, rest)| rest.to_owned());
    }
    plain.push_str(&coloured);
    assert_eq!(plain, shown(false, false).text);
}
