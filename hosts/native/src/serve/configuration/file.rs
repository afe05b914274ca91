//! Configuration in a file: the same names, nested, as in `appsettings.json`; YAML or JSON.

use serde_json::Value;

/// Why a configuration file cannot be read. Repeats no value: any may be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnreadableConfiguration {
    /// Not YAML or JSON.
    #[error("it is neither YAML nor JSON (line {line}, column {column})")]
    Syntax {
        /// Where, from 1.
        line: u64,
        /// Where, from 1.
        column: u64,
    },
    /// Not sections.
    #[error("it does not hold sections such as `AzureAd:`")]
    NotSections,
}

/// The keys of a file and their values.
///
/// # Errors
/// [`UnreadableConfiguration`].
pub fn variables_of_file(text: &str) -> Result<Vec<(String, String)>, UnreadableConfiguration> {
    let value: Value = serde_saphyr::from_str(text).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        UnreadableConfiguration::Syntax { line, column }
    })?;
    let Value::Object(sections) = value else { return Err(UnreadableConfiguration::NotSections) };
    let mut variables = Vec::new();
    for (name, value) in &sections {
        flatten(name.clone(), value, &mut variables);
    }
    Ok(variables)
}

/// As .NET flattens: members and places in a list are joined by colons.
fn flatten(key: String, value: &Value, variables: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                flatten(format!("{key}:{name}"), value, variables);
            }
        }
        Value::Array(values) => {
            for (place, value) in values.iter().enumerate() {
                flatten(format!("{key}:{place}"), value, variables);
            }
        }
        Value::String(text) => variables.push((key, text.clone())),
        Value::Bool(_) | Value::Number(_) => variables.push((key, value.to_string())),
        Value::Null => variables.push((key, String::new())),
    }
}

#[cfg(test)]
mod tests {
    use super::{UnreadableConfiguration, variables_of_file};

    #[test]
    fn sections_become_keys() {
        let yaml = "AzureAd:\n  TenantId: t\n  ClientCredentials:\n    - SourceType: ClientSecret\n\
                    Vicar: {DrainSeconds: 5}\n";
        let json = r#"{"AzureAd": {"TenantId": "t", "ClientCredentials":
            [{"SourceType": "ClientSecret"}]}, "Vicar": {"DrainSeconds": 5}}"#;
        let wanted = [
            ("AzureAd:TenantId", "t"),
            ("AzureAd:ClientCredentials:0:SourceType", "ClientSecret"),
            ("Vicar:DrainSeconds", "5"),
        ];
        for text in [yaml, json] {
            let mut read = variables_of_file(text).unwrap();
            let mut wanted = wanted.map(|(key, value)| (key.to_owned(), value.to_owned()));
            read.sort();
            wanted.sort();
            assert_eq!(read, wanted);
        }
    }

    #[test]
    fn what_is_no_configuration_is_refused_without_its_text() {
        assert_eq!(variables_of_file("hunter2"), Err(UnreadableConfiguration::NotSections));
        let refused = variables_of_file("AzureAd: {ClientSecret: hunter2").unwrap_err();
        assert!(!refused.to_string().contains("hunter2"), "{refused}");
    }
}
