//! The promises of a bundle's contents, one module per part. The first broken one is the error;
//! `vicar-compiler` asks for all of them earlier, with file and line.

use std::fmt;

use crate::{BundleError, Contents, Exchange, syntax};

mod directory;
mod exchange;
mod surface;
mod trust;

/// Checks all contents.
pub(crate) fn contents(contents: &Contents) -> Result<(), BundleError> {
    require(&"name", syntax::is_name(&contents.name), NAME)?;
    trust::check(&contents.trust)?;
    directory::check(&contents.directory, &contents.trust)?;
    surface::check(&contents.surface)?;
    answers(&contents.answers)
}

/// Checks the exchange section of these contents.
pub(crate) fn exchange(section: &Exchange, contents: &Contents) -> Result<(), BundleError> {
    exchange::check(section, contents)
}

fn answers(answers: &crate::contents::Answers) -> Result<(), BundleError> {
    let realm = answers.realm.as_deref();
    require(
        &"answers.realm",
        realm.is_none_or(|realm| syntax::is_display(realm) && !realm.contains(['"', '\\'])),
        "expected text without quotes and control characters",
    )?;
    for (at, address) in [
        ("answers.resource_metadata", &answers.resource_metadata),
        ("answers.authorization_uri", &answers.authorization_uri),
    ] {
        require(&at, address.as_deref().is_none_or(syntax::is_https_url), HTTPS)?;
    }
    Ok(())
}

/// Where something stands in the contents; written out only for an error.
type At<'a> = &'a dyn fmt::Display;

/// `problem` at `at` unless `holds`.
fn require(at: At<'_>, holds: bool, problem: &str) -> Result<(), BundleError> {
    if holds { Ok(()) } else { Err(BundleError::invalid(at.to_string(), problem)) }
}

/// Entries must be sorted by `key` and no key may stand twice.
fn sorted<'a, T, K: Ord>(
    at: At<'_>,
    entries: &'a [T],
    key: impl Fn(&'a T) -> K,
) -> Result<(), BundleError> {
    let in_order = entries.is_sorted_by(|left, right| key(left) < key(right));
    require(at, in_order, "expected entries sorted and without duplicates")
}

/// Every entry must pass `predicate`, and they must be sorted and unique.
fn each(
    at: At<'_>,
    entries: &[String],
    predicate: impl Fn(&str) -> bool,
    problem: &str,
) -> Result<(), BundleError> {
    sorted(at, entries, |entry| entry)?;
    for (index, entry) in entries.iter().enumerate() {
        require(&format_args!("{at}[{index}]"), predicate(entry), problem)?;
    }
    Ok(())
}

const HTTPS: &str = "expected an `https` address with a lower-case host";
const NAME: &str = "expected a name of letters, digits, `.`, `_` and `-`";
const TEXT: &str = "expected printable text without spaces and quotes";

#[cfg(test)]
mod tests;
