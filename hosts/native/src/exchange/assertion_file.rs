//! The file of a service-account token.

use std::{fs::File, io::Read};

use vicar_exchange::Secret;
use zeroize::Zeroizing;

/// The file's content without white space around it, read anew; `None` when it cannot be read or
/// is no token by its length.
pub(super) fn read(path: &str) -> Option<Secret> {
    let mut text = Zeroizing::new(String::with_capacity(LONGEST));
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    File::open(path).ok()?.take(most.saturating_add(1)).read_to_string(&mut text).ok()?;
    (text.len() <= LONGEST).then(|| Secret::new(text.trim()))
}

/// Far above any token; the machine refuses sooner.
const LONGEST: usize = 64 * 1024;
