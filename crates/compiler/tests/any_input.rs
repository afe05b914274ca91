//! Whatever stands in a folder: an answer, never a panic.

use proptest::prelude::*;
use vicar_compiler::{Folder, compile};

fn folder(manifest: &str, policies: &str, tests: &str) -> Folder {
    [("vicar.yaml", manifest), ("policies.cedar", policies), ("tests/cases.yaml", tests)]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into()
}

const MANIFEST: &str = include_str!("data/folders/good/vicar.yaml");
const POLICIES: &str = include_str!("data/folders/good/policies.cedar");
const TESTS: &str = include_str!("data/folders/good/tests/tools.yaml");

/// `text` with one line taken away, doubled, or its words exchanged for `word`.
fn changed(text: &str, line: prop::sample::Index, change: u8, word: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = line.index(lines.len());
    let old = lines.remove(at);
    let new = match change {
        0 => None,
        1 => Some(format!("{old}\n{old}")),
        2 => Some(format!("{old}{word}")),
        3 => Some(format!("{word}{old}")),
        _ => Some(old.replacen([':', '['], word, 1)),
    };
    if let Some(new) = new {
        lines.insert(at, new);
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_answered(manifest in ".{0,200}", policies in ".{0,100}", tests in ".{0,100}") {
        prop_assert!(compile(&folder(&manifest, &policies, &tests)).is_err());
    }

    #[test]
    fn any_yaml_is_answered(manifest in "([a-z]{1,6}: ?|- |\\{|\\}|\\[|\\]|,|&a |\\*a |<<: |[0-9]{1,3}|\n {0,4}|'|\"|#|!|~|null){0,60}") {
        prop_assert!(compile(&folder(&manifest, POLICIES, TESTS)).is_err());
    }

    #[test]
    fn a_changed_line_builds_or_says_why(
        line in any::<prop::sample::Index>(),
        change in 0..5_u8,
        word in "[ -~]{0,8}|ü|\\t",
    ) {
        for folder in [
            folder(&changed(MANIFEST, line, change, &word), POLICIES, TESTS),
            folder(MANIFEST, POLICIES, &changed(TESTS, line, change, &word)),
        ] {
            if let Err(problems) = compile(&folder) {
                prop_assert!(problems.iter().any(vicar_compiler::Diagnostic::is_error));
                for problem in problems {
                    prop_assert!(problem.message.chars().count() <= 400, "{}", problem);
                    prop_assert!(!problem.message.contains('\n'), "{}", problem);
                }
            }
        }
    }
}
