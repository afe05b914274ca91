//! The `claims` parameter: what an API demanded, and what the client can do.

use serde_json::Value;

use crate::{form::Form, refusal::Refusal};

/// What the parameter says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ClaimsParameter {
    /// Authentication contexts that are demanded.
    pub(super) contexts: Vec<String>,
    /// Client capabilities.
    pub(super) capabilities: Vec<String>,
    /// The text as it came.
    pub(super) text: Option<String>,
}

impl ClaimsParameter {
    /// Whether the client can handle a claims challenge.
    pub(super) fn handles_challenges(&self) -> bool {
        self.capabilities.iter().any(|it| it.eq_ignore_ascii_case("cp1"))
    }
}

/// Reads it.
pub(super) fn read(form: &Form) -> Result<ClaimsParameter, Refusal> {
    let Some(text) = form.get("claims") else { return Ok(ClaimsParameter::default()) };
    let claims: Value = serde_json::from_str(text)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| Refusal::malformed("The claims parameter is not a JSON object."))?;
    Ok(ClaimsParameter {
        contexts: values(&claims, "acrs"),
        capabilities: values(&claims, "xms_cc"),
        text: Some(text.to_owned()),
    })
}

fn values(claims: &Value, name: &str) -> Vec<String> {
    let member = claims.get("access_token").and_then(|it| it.get(name));
    let one = member.and_then(|it| it.get("value")).and_then(Value::as_str);
    let several = member.and_then(|it| it.get("values")).and_then(Value::as_array);
    one.into_iter()
        .chain(several.into_iter().flatten().filter_map(Value::as_str))
        .map(str::to_owned)
        .collect()
}
