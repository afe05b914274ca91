//! Names that some readers take for the same.

/// Whether two different names are the same to a reader that ignores letter case, as Go's
/// `encoding/json` does (there also `ſ` is `s`, and the Kelvin sign is `k`).
pub fn same_but_for_case(one: &str, other: &str) -> bool {
    one != other && folded(one).eq(folded(other))
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_case_alone_makes_names_alike() {
        assert!(same_but_for_case("method", "Method"));
        assert!(same_but_for_case("params", "param\u{17f}"));
        assert!(same_but_for_case("tasks", "tas\u{212a}s"));
        assert!(!same_but_for_case("method", "method"));
        assert!(!same_but_for_case("method", "methods"));
    }
}
