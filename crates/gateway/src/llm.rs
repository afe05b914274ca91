//! Which model a request to an LLM provider asks for: the OpenAI form (`model` in the body) and the
//! Azure OpenAI form (`/openai/deployments/{model}/…`).

use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use vicar::Refusal;
use vicar_mcp::same_but_for_case;
use vicar_token::quote::Quoted;

use crate::refusals::{self, model_ambiguous, refusal};

/// The deployment that a path names, given its segments below the provider's own path. Letter
/// case of the fixed words does not count: it does not for Azure either.
pub(crate) fn model_of_path(below: &[String]) -> Option<&str> {
    let is = |segment: &String, word: &str| segment.eq_ignore_ascii_case(word);
    match below {
        [openai, deployments, model, ..]
            if is(openai, "openai") && is(deployments, "deployments") =>
        {
            Some(model)
        }
        [deployments, model, ..] if is(deployments, "deployments") => Some(model),
        _ => None,
    }
}

/// The model that a request asks for; nothing where it names none.
pub(crate) fn model(path: Option<&str>, body: &[u8]) -> Result<Option<String>, Refusal> {
    let named = model_of_body(body)?;
    match (path, named) {
        (Some(path), Some(named)) if path != named => Err(model_ambiguous(format!(
            "the path asks for model {} and the body for {}",
            Quoted(path),
            Quoted(&named)
        ))),
        (Some(path), _) => Ok(Some(path.to_owned())),
        (None, named) => Ok(named),
    }
}

fn model_of_body(body: &[u8]) -> Result<Option<String>, Refusal> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let found = reader.deserialize_map(ModelVisitor).and_then(|found| reader.end().map(|()| found));
    match found {
        Err(error) => Err(refusal(
            &vicar_mcp::reason::MESSAGE_MALFORMED,
            format!(
                "the body is not a JSON object at line {}, column {}",
                error.line(),
                error.column()
            ),
            "send the request as one JSON object",
        )),
        Ok(Found { doubtful: Some(name), .. }) => Err(model_ambiguous(format!(
            "the body's member {} can be taken for a second `model`",
            Quoted(&name)
        ))),
        Ok(Found { model: Model::Text(model), .. }) => Ok(Some(model)),
        Ok(Found { model: Model::Absent, .. }) => Ok(None),
        Ok(Found { model: Model::Other, .. }) => {
            Err(refusals::model_ambiguous("the body's `model` is not text".to_owned()))
        }
    }
}

/// What the top level of a body says of its model. The rest, which may be long, is only checked
/// for its syntax.
#[derive(Default)]
struct Found {
    model: Model,
    /// A second `model`, or one in different letter case.
    doubtful: Option<String>,
}

#[derive(Default)]
enum Model {
    #[default]
    Absent,
    Other,
    Text(String),
}

struct ModelVisitor;

impl<'de> Visitor<'de> for ModelVisitor {
    type Value = Found;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut found = Found::default();
        while let Some(name) = map.next_key::<String>()? {
            if name != "model" {
                map.next_value::<IgnoredAny>()?;
                if same_but_for_case(&name, "model") {
                    found.doubtful = Some(name);
                }
                continue;
            }
            if !matches!(found.model, Model::Absent) {
                found.doubtful = Some(name);
            }
            found.model = match map.next_value::<serde_json::Value>()? {
                serde_json::Value::String(text) if text.len() <= LONGEST_MODEL => Model::Text(text),
                serde_json::Value::String(_) => {
                    return Err(A::Error::custom("the model's name is too long"));
                }
                _ => Model::Other,
            };
        }
        Ok(found)
    }
}

/// Longest name of a model, in bytes.
const LONGEST_MODEL: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: Option<&str>, body: &str) -> Result<Option<String>, &'static str> {
        model(path, body.as_bytes()).map_err(|refusal| refusal.reason.code)
    }

    #[test]
    fn the_body_names_the_model_once() {
        assert_eq!(
            named(None, r#"{"messages":[{"model":"x"}],"model":"m"}"#),
            Ok(Some("m".into()))
        );
        assert_eq!(named(None, r#"{"mod\u0065l":"m"}"#), Ok(Some("m".into())));
        assert_eq!(named(None, "{}"), Ok(None));
        for body in [
            r#"{"model":"a","model":"a"}"#,
            r#"{"model":"a","Model":"b"}"#,
            r#"{"MODEL":"b"}"#,
            r#"{"model":null}"#,
            r#"{"model":["a"]}"#,
        ] {
            assert_eq!(named(None, body), Err("model_ambiguous"), "{body}");
        }
        for body in ["", "[]", "\"m\"", "{\"model\":\"m\"} x", "{\"model\":\"m\"", "\u{feff}{}"] {
            assert_eq!(named(None, body), Err("message_malformed"), "{body}");
        }
    }

    #[test]
    fn path_and_body_agree() {
        assert_eq!(named(Some("a"), "{}"), Ok(Some("a".into())));
        assert_eq!(named(Some("a"), r#"{"model":"a"}"#), Ok(Some("a".into())));
        assert_eq!(named(Some("a"), r#"{"model":"b"}"#), Err("model_ambiguous"));
    }

    #[test]
    fn azure_paths_name_a_deployment() {
        let model = |path: &str| {
            let below: Vec<String> = path.split('/').map(str::to_owned).collect();
            model_of_path(&below).map(str::to_owned)
        };
        assert_eq!(model("openai/deployments/gpt/chat/completions"), Some("gpt".into()));
        assert_eq!(model("OpenAI/Deployments/gpt/embeddings"), Some("gpt".into()));
        assert_eq!(model("deployments/gpt"), Some("gpt".into()));
        assert_eq!(model("v1/chat/completions"), None);
        assert_eq!(model("openai/deployments"), None);
    }

    #[test]
    fn deep_nesting_is_skipped_without_a_crash() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(named(None, &deep), Ok(None));
    }
}
