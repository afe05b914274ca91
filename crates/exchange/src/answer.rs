//! Answers of token endpoints, read strictly and within bounds.

mod device;
mod refused;
mod token;

use vicar_token::{
    Json, Object,
    json::{JsonError, Limits as JsonLimits, WrongType},
};

use crate::{AnswerError, HttpResponse};

pub(crate) use device::{DeviceCode, device_code};
pub(crate) use refused::OAuthError;
pub(crate) use token::{TokenAnswer, token};

/// What an answer is, before its members are read.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Overloaded or broken: asking again may help.
    Busy(u16),
    /// An OAuth error.
    Refused(OAuthError),
    /// Status 200 with a JSON object.
    Success(Object),
}

/// Opens an answer. `limit` is the request's, held here too: a host may have read more.
pub(crate) fn open(response: &HttpResponse, limit: usize) -> Result<Answer, AnswerError> {
    let status = response.status;
    if (300..400).contains(&status) {
        return Err(AnswerError::Redirect { status });
    }
    let busy = matches!(status, 408 | 429 | 500..=599);
    match object(response, limit) {
        Ok(object) if object.contains("error") => {
            OAuthError::read(status, &object).map(Answer::Refused)
        }
        Ok(object) if status == 200 => Ok(Answer::Success(object)),
        Ok(_) | Err(_) if busy => Ok(Answer::Busy(status)),
        Ok(_) => Err(AnswerError::Status { status }),
        Err(problem) => Err(problem),
    }
}

fn object(response: &HttpResponse, limit: usize) -> Result<Object, AnswerError> {
    let status = response.status;
    if response.body.len() > limit {
        return Err(AnswerError::TooLarge { limit });
    }
    let seen = response.content_type.as_deref().unwrap_or_default();
    let media_type = seen.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(AnswerError::ContentType { status, seen: seen.to_owned() });
    }
    let limits = JsonLimits { bytes: limit, depth: 8, members: 128 };
    Object::parse(&response.body, &limits)
        .map_err(|problem| AnswerError::Json { status, problem: without_content(problem) })
}

/// `serde_json` may quote a piece of what it could not read: here that can be a token's.
fn without_content(problem: JsonError) -> JsonError {
    match problem {
        JsonError::Syntax { line, column, .. } => {
            JsonError::Syntax { problem: "not as JSON is written".to_owned(), line, column }
        }
        other => other,
    }
}

impl AnswerError {
    fn wrong_type(member: &'static str, wrong: &WrongType) -> Self {
        Self::Member { member, seen: wrong.found.to_owned(), wanted: wrong.wanted }
    }

    fn absent(member: &'static str, wanted: &'static str) -> Self {
        Self::Member { member, seen: "absent".to_owned(), wanted }
    }
}

/// A number of seconds: an integer, or one in a string as managed identities and old endpoints
/// write it.
fn seconds(
    object: &Object,
    member: &'static str,
    range: std::ops::RangeInclusive<u64>,
) -> Result<Option<u64>, AnswerError> {
    let wanted = "a number of seconds in its bounds";
    let (read, seen) = match object.get(member) {
        None => return Ok(None),
        Some(Json::Integer(value)) => (u64::try_from(*value).ok(), value.to_string()),
        Some(Json::String(text)) => {
            let digits = (1..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            (digits.then(|| text.parse().ok()).flatten(), "a string".to_owned())
        }
        Some(other) => (None, other.kind().to_owned()),
    };
    match read.filter(|value| range.contains(value)) {
        Some(value) => Ok(Some(value)),
        None => Err(AnswerError::Member { member, seen, wanted }),
    }
}
