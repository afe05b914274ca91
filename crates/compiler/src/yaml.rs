//! YAML read twice: as a tree with places, which a JSON Schema checks and reports every problem
//! of, and then as typed values.

mod entries;
mod node;
mod placed;
mod structure;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_saphyr::{MessageFormatter, UserMessageFormatter};

pub(crate) use entries::{Entries, Entry, Item};
pub(crate) use placed::{Place, Placed};

use crate::diagnostic::Diagnostic;

/// Reads `text` as a `T`.
///
/// # Errors
/// All problems of form: syntax (the first alone), unknown or missing keys, wrong types.
pub(crate) fn read<T: DeserializeOwned + JsonSchema>(
    file: &str,
    text: &str,
) -> Result<T, Vec<Diagnostic>> {
    let tree: Placed<node::Node> =
        serde_saphyr::from_str(text).map_err(|error| vec![syntax_error(file, &error)])?;
    let schema = schema::<T>();
    let problems = structure::check(file, &schema, &tree);
    if !problems.is_empty() {
        return Err(problems);
    }
    serde_saphyr::from_str(text).map_err(|error| vec![syntax_error(file, &error)])
}

/// The JSON Schema (2020-12) of `T`.
pub(crate) fn schema<T: JsonSchema>() -> serde_json::Value {
    schemars::generate::SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

fn syntax_error(file: &str, error: &serde_saphyr::Error) -> Diagnostic {
    let error = error.without_snippet();
    let (line, column) = error.location().map_or((0, 0), |location| {
        (placed::small(location.line()), placed::small(location.column()))
    });
    let message = UserMessageFormatter.format_message(error);
    let message: String = message
        .chars()
        .take(LONGEST_MESSAGE)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    Diagnostic::error(file, line, column, message)
}

const LONGEST_MESSAGE: usize = 300;
