//! Values that are compared letter for letter, and how they nearly agree.

/// How `seen` misses `wanted`, where it nearly does: what people overlook. `None` when the two are
/// the same or quite different.
pub fn difference(seen: &str, wanted: &str) -> Option<&'static str> {
    if seen == wanted {
        return None;
    }
    if seen.trim() == wanted.trim() {
        return Some("only white space around it differs");
    }
    if seen.eq_ignore_ascii_case(wanted) {
        return Some("only letter case differs");
    }
    let bare = |text: &str| text.strip_suffix('/').unwrap_or(text).to_owned();
    if bare(seen) == bare(wanted) {
        return Some("only the closing slash differs");
    }
    let rest = |text: &str| text.split_once("://").map(|(_, rest)| rest.to_owned());
    if rest(seen).is_some() && rest(seen) == rest(wanted) {
        return Some("only the scheme differs");
    }
    if bare(seen).eq_ignore_ascii_case(&bare(wanted)) {
        return Some("only letter case and the closing slash differ");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn near_misses_are_named() {
        for (seen, wanted, told) in [
            ("https://a.example", "https://a.example", None),
            ("https://a.example/", "https://a.example", Some("only the closing slash differs")),
            ("https://a.example", "https://a.example/", Some("only the closing slash differs")),
            ("https://A.example", "https://a.example", Some("only letter case differs")),
            ("http://a.example", "https://a.example", Some("only the scheme differs")),
            (" https://a.example", "https://a.example", Some("only white space around it differs")),
            (
                "https://A.example/",
                "https://a.example",
                Some("only letter case and the closing slash differ"),
            ),
            ("system:serviceaccount:a:b", "system:serviceaccount:a:c", None),
        ] {
            assert_eq!(difference(seen, wanted), told, "{seen} {wanted}");
        }
    }
}
