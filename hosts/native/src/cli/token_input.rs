//! The token argument.

use std::path::PathBuf;

use crate::{
    failure::{Failure, code},
    input::Source,
};

/// A token from an argument, a file or standard input.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct TokenArguments {
    /// The token: as it is, `@FILE`, or `-` for standard input. `Bearer`, quotes and line breaks
    /// around it do no harm
    #[arg(value_name = "TOKEN")]
    token: Option<String>,
    /// Read the token from this file
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    file: Option<PathBuf>,
}

impl TokenArguments {
    /// The token; `None` when none was named.
    pub(super) fn read(&self) -> Result<Option<String>, Failure> {
        let source = match (&self.file, &self.token) {
            (Some(file), _) => Source::File(file.clone()),
            (None, Some(token)) => Source::from_argument(token),
            (None, None) => return Ok(None),
        };
        source.token().map(Some)
    }

    /// The token, which the command cannot do without.
    pub(super) fn required(&self) -> Result<String, Failure> {
        self.read()?.ok_or_else(|| {
            Failure::new(code::INPUT_EMPTY, "no token is given")
                .hint("pass it as an argument, as `@file`, or as `-` on standard input")
        })
    }
}
