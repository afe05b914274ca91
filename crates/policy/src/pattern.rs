//! `like`: matching against text with wildcards.

/// Whether `text` matches `parts`, where nothing stands for any text. No two texts may stand
/// side by side: then the leftmost match of each is as good as any, and one pass suffices.
pub(crate) fn matches<'p>(parts: impl Iterator<Item = Option<&'p str>>, text: &str) -> bool {
    let mut rest = text;
    let mut floating = false;
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let Some(wanted) = part else {
            floating = true;
            continue;
        };
        if !floating {
            match rest.strip_prefix(wanted) {
                Some(after) => rest = after,
                None => return false,
            }
        } else if parts.peek().is_none() {
            return rest.ends_with(wanted);
        } else {
            match rest.split_once(wanted) {
                Some((_, after)) => rest = after,
                None => return false,
            }
            floating = false;
        }
    }
    floating || rest.is_empty()
}
