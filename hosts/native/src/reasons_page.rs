//! `docs/reasons.md`, for the tests that hold it to the code.

/// The codes that the section with this heading lists, in its order.
pub(crate) fn codes(heading: &str) -> Vec<&'static str> {
    let page = include_str!("../../../docs/reasons.md");
    let section = page.split(heading).nth(1).expect("the section");
    let section = section.split("\n## ").next().expect("its text");
    section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(code, _)| code))
        .collect()
}
