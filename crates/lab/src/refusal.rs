//! What the token service answers when it refuses: AADSTS codes, their `error` values and HTTP
//! statuses.

pub mod code;

use chrono::DateTime;
use serde::Serialize;

pub use code::Code;

/// A refusal of the token service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("AADSTS{}: {text}", .code.number)]
pub struct Refusal {
    /// Which.
    pub code: Code,
    /// The description, without the code before it.
    pub text: String,
    /// Claims that are demanded, as the JSON text that goes out as a string.
    pub claims: Option<String>,
}

impl Refusal {
    /// A refusal without demanded claims.
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), claims: None }
    }

    /// A missing parameter of the form.
    pub(crate) fn missing(parameter: &str) -> Self {
        Self::new(
            code::PARAMETER_MISSING,
            format!("The request body must contain the following parameter: '{parameter}'."),
        )
    }

    /// A request that makes no sense.
    pub(crate) fn malformed(why: &str) -> Self {
        Self::new(
            code::MALFORMED,
            format!("Invalid request. Request is malformed or invalid. {why}"),
        )
    }

    /// The body that goes out.
    pub fn body(&self, now: u64, trace: &str, correlation: &str, authority: &str) -> ErrorBody {
        let timestamp = timestamp(now);
        let number = self.code.number;
        let text = &self.text;
        let prefix = if number == 0 { String::new() } else { format!("AADSTS{number}: ") };
        ErrorBody {
            error: self.code.error.to_owned(),
            error_description: format!(
                "{prefix}{text} Trace ID: {trace} Correlation ID: {correlation} \
                 Timestamp: {timestamp}"
            ),
            error_codes: if number == 0 { Vec::new() } else { vec![number] },
            timestamp,
            trace_id: trace.to_owned(),
            correlation_id: correlation.to_owned(),
            error_uri: (number != 0).then(|| format!("https://{authority}/error?code={number}")),
            suberror: self.code.suberror.map(str::to_owned),
            claims: self.claims.clone(),
        }
    }
}

/// The JSON of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    /// RFC 6749 section 5.2, or Entra's own.
    pub error: String,
    /// For people; ends with ids and time.
    pub error_description: String,
    /// The AADSTS numbers.
    pub error_codes: Vec<u32>,
    /// When.
    pub timestamp: String,
    /// Id of the request.
    pub trace_id: String,
    /// The client's id of the request, or one of the service.
    pub correlation_id: String,
    /// Where to read more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_uri: Option<String>,
    /// What kind of interaction would help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suberror: Option<String>,
    /// JSON in a string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<String>,
}

/// `now` as Entra writes times in errors.
pub(crate) fn timestamp(now: u64) -> String {
    i64::try_from(now)
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .map_or_else(String::new, |time| time.format("%Y-%m-%d %H:%M:%SZ").to_string())
}
