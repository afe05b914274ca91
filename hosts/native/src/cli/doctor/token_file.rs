//! The credential's file: there, readable, a token.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use vicar_token::Unverified;
use zeroize::Zeroizing;

use super::token_facts::TokenFacts;
use crate::{
    failure::shown_path,
    finding::{Finding, reason},
};

pub(super) const TOKEN_FILE: &str = "token_file";

/// The file's text, without the white space around it.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, Finding> {
    let shown = shown_path(path);
    let mut text = Zeroizing::new(String::with_capacity(LARGEST));
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    let read = File::open(path).and_then(|file| file.take(most).read_to_string(&mut text));
    match read {
        Ok(_) if text.trim().is_empty() || text.len() > LARGEST => Err(Finding::failed(
            TOKEN_FILE,
            reason::TOKEN_FILE_MALFORMED,
            format!("`{shown}` has {} bytes", text.len()),
            "one token",
            PROJECT,
        )),
        Ok(_) => Ok(Zeroizing::new(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Finding::failed(
            TOKEN_FILE,
            reason::TOKEN_FILE_MISSING,
            format!("there is no `{shown}`"),
            "the pod's projected token",
            PROJECT,
        )),
        Err(error) => Err(Finding::failed(
            TOKEN_FILE,
            reason::TOKEN_FILE_UNREADABLE,
            format!("`{shown}` cannot be read: {error}"),
            "a file that this user can read",
            "set `securityContext.fsGroup` to a group of the container's user",
        )),
    }
}

/// The token in the text, and what it says.
pub(super) fn parse<'a>(
    path: &Path,
    text: &'a str,
) -> Result<(Finding, Unverified<'a>, TokenFacts), Finding> {
    let shown = shown_path(path);
    let malformed = |why: String| {
        Finding::failed(
            TOKEN_FILE,
            reason::TOKEN_FILE_MALFORMED,
            format!("`{shown}` does not hold a token: {why}"),
            "one token of three parts, and nothing else",
            PROJECT,
        )
    };
    let token = Unverified::parse(text).map_err(|error| malformed(error.to_string()))?;
    let facts = TokenFacts::read(token.header(), token.claims())
        .map_err(|error| malformed(error.to_string()))?;
    Ok((Finding::ok(TOKEN_FILE, format!("`{shown}` holds a token")), token, facts))
}

const PROJECT: &str = "mount a projected volume with `serviceAccountToken` there, or name its file";

/// Far above any token.
const LARGEST: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_token_is_told_without_showing_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let reason = |finding: &Finding| finding.reason.clone().unwrap().into_owned();
        assert_eq!(reason(&read(&path).unwrap_err()), "token_file_missing");
        assert_eq!(reason(&read(folder.path()).unwrap_err()), "token_file_unreadable");
        let huge = "x".repeat(LARGEST + 1);
        for text in ["", " \n", &huge] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(reason(&read(&path).unwrap_err()), "token_file_malformed");
        }
        let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzZWNyZXQtdmFsdWUifQ.";
        for text in ["not a token", "a.b.c", unsigned] {
            let finding = parse(&path, text).unwrap_err();
            assert_eq!(reason(&finding), "token_file_malformed");
            assert!(!finding.seen.contains("eyJzdWIi"), "{finding:?}");
        }
    }
}
