//! The sidecar's configuration, as `serve` and `doctor` read it.

use std::path::Path;

use vicar_bundle::Exchange;

use crate::{
    failure::{Failure, code, shown_path},
    input::{DOCUMENT_LIMIT, Source},
    serve::{
        Variables,
        configuration::{variables_of_bundle, variables_of_file},
    },
};

/// The bundle's, the file's and the environment's, the last strongest.
pub(super) fn variables(
    exchange: Option<&Exchange>,
    config: Option<&Path>,
) -> Result<Variables, Failure> {
    let mut layers = Vec::new();
    let secret = |name: &str| std::env::var(name).ok();
    layers.extend(exchange.map(|exchange| variables_of_bundle(exchange, secret)));
    if let Some(path) = config {
        let text = Source::File(path.to_owned()).text(DOCUMENT_LIMIT)?;
        let variables = variables_of_file(&text).map_err(|error| {
            let shown = shown_path(path);
            Failure::new(code::CONFIGURATION_UNUSABLE, format!("`{shown}`: {error}"))
        })?;
        layers.push(variables);
    }
    layers.push(environment().collect());
    Ok(Variables::layers(layers))
}

/// Variables that are text; a name or value that is none cannot be one of ours.
pub(super) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}
