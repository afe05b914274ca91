//! What people paste, pipe and name: tokens and documents from an argument, a file or standard
//! input.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use vicar_token::input::tidy;

use crate::failure::{Failure, code, shown_path};

/// Where a text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `@path`, or the value of `--file`.
    File(PathBuf),
    /// `-`.
    Stdin,
    /// The argument itself.
    Text(String),
}

impl Source {
    /// Reads an argument: `-` is standard input, `@path` a file, anything else the text itself.
    pub fn from_argument(argument: &str) -> Self {
        match (argument, argument.strip_prefix('@')) {
            ("-", _) => Self::Stdin,
            (_, Some(path)) => Self::File(PathBuf::from(path)),
            (text, None) => Self::Text(text.to_owned()),
        }
    }

    /// Reads an argument that names a document: `-`, or a path with or without `@`.
    pub fn from_path(argument: &str) -> Self {
        match argument {
            "-" => Self::Stdin,
            path => Self::File(PathBuf::from(path.strip_prefix('@').unwrap_or(path))),
        }
    }

    /// The bytes, at most `limit` of them.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be read or is larger.
    pub fn bytes(&self, limit: usize) -> Result<Vec<u8>, Failure> {
        match self {
            Self::File(path) => {
                let file = File::open(path).map_err(|error| Failure::file("read", path, &error))?;
                read_bounded(file, limit, path)
            }
            Self::Stdin => read_bounded(io::stdin().lock(), limit, Path::new("standard input")),
            Self::Text(text) => Ok(text.clone().into_bytes()),
        }
    }

    /// The text, at most `limit` bytes.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be read, is larger, or is not UTF-8.
    pub fn text(&self, limit: usize) -> Result<String, Failure> {
        String::from_utf8(self.bytes(limit)?).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Failure::new(
                code::INPUT_NOT_UTF8,
                format!("the input is not UTF-8 text (at byte {at})"),
            )
        })
    }

    /// The bare token in the text.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be read or there is nothing in it.
    pub fn token(&self) -> Result<String, Failure> {
        let text = self.text(TOKEN_LIMIT)?;
        let token = tidy(&text);
        if token.is_empty() {
            return Err(Failure::new(code::INPUT_EMPTY, "there is no token in the input")
                .hint("pass it as an argument, as `@file`, or as `-` on standard input"));
        }
        Ok(token.into_owned())
    }
}

fn read_bounded(mut reader: impl Read, limit: usize, path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    reader
        .by_ref()
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::file("read", path, &error))?;
    if bytes.len() > limit {
        let shown = shown_path(path);
        let message = format!("`{shown}` is larger than {limit} bytes");
        return Err(Failure::new(code::INPUT_TOO_LARGE, message));
    }
    Ok(bytes)
}

/// Most bytes read for one token. Far above the 16 KiB a token may have, so that the parser can
/// say how long it is.
pub const TOKEN_LIMIT: usize = 1 << 20;

/// Most bytes read for a key set, a request, claims or a bundle.
pub const DOCUMENT_LIMIT: usize = 64 << 20;

/// The certificate authorities of `--ca`, if it was given.
///
/// # Errors
/// As [`Source::bytes`].
pub fn certificate_authorities(path: Option<&Path>) -> Result<Option<Vec<u8>>, Failure> {
    path.map(|path| Source::File(path.to_owned()).bytes(DOCUMENT_LIMIT)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_says_where_its_text_is() {
        assert_eq!(Source::from_argument("-"), Source::Stdin);
        assert_eq!(Source::from_argument("@a/b"), Source::File("a/b".into()));
        assert_eq!(Source::from_argument("a.b.c"), Source::Text("a.b.c".to_owned()));
        assert_eq!(Source::from_path("a/b"), Source::from_path("@a/b"));
    }

    #[test]
    fn a_large_file_is_refused_without_being_read_whole() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), vec![b'a'; 100]).unwrap();
        let source = Source::File(file.path().into());
        assert_eq!(source.bytes(100).unwrap().len(), 100);
        assert_eq!(source.bytes(99).unwrap_err().reason, "input_too_large");
        std::fs::write(file.path(), [b'a', 0xff]).unwrap();
        assert_eq!(source.text(100).unwrap_err().reason, "input_not_utf8");
    }

    #[test]
    fn a_token_is_tidied_and_nothing_is_an_error() {
        let token = |text: &str| Source::Text(text.to_owned()).token();
        assert_eq!(token("'Authorization: Bearer a.\n b.c'").as_deref(), Ok("a.b.c"));
        for nothing in ["", " \n", "''"] {
            assert_eq!(token(nothing).unwrap_err().reason, "input_empty", "{nothing:?}");
        }
    }
}
