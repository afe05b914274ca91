//! An OAuth error in an answer.

use vicar_identity::guid;
use vicar_token::{Json, Object};

use crate::{
    AnswerError, Claims,
    entra_error::{self, Advice, Class},
};

/// The members that count; those that only advise are left out when they are malformed.
#[derive(Clone, Debug)]
pub(crate) struct OAuthError {
    pub(crate) status: u16,
    pub(crate) error: String,
    pub(crate) suberror: Option<String>,
    pub(crate) codes: Vec<u32>,
    /// `claims`, a string that holds JSON.
    pub(crate) claims: Option<Claims>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) trace_id: Option<String>,
}

impl OAuthError {
    pub(super) fn read(status: u16, object: &Object) -> Result<Self, AnswerError> {
        let text = |member: &'static str| {
            object
                .string(member)
                .map(|text| text.map(str::to_owned))
                .map_err(|wrong| AnswerError::wrong_type(member, &wrong))
        };
        let error = text("error")?.ok_or(AnswerError::absent("error", "a string"))?;
        // Microsoft sends an empty `suberror` where it has none.
        let suberror = text("suberror")?.filter(|suberror| !suberror.is_empty());
        let claims = match text("claims")? {
            Some(claims) if !claims.is_empty() => {
                let wanted = "a claims request as JSON";
                let claims = Claims::parse(&claims).map_err(|problem| AnswerError::Member {
                    member: "claims",
                    seen: problem.to_string(),
                    wanted,
                })?;
                Some(claims)
            }
            _ => None,
        };
        let id = |member| object.get(member).and_then(Json::as_str).and_then(guid::parse);
        Ok(Self {
            status,
            error,
            suberror,
            codes: codes(object),
            claims,
            correlation_id: id("correlation_id"),
            trace_id: id("trace_id"),
        })
    }

    /// What kind of refusal it is. The codes have one say: one that is known as final makes it
    /// final, whatever `error` is, but for a challenge, which the user may still meet.
    pub(crate) fn class(&self) -> Class {
        let class = match self.status {
            429 => Class::Retry,
            _ => Class::of(&self.error, self.suberror.as_deref()),
        };
        let is_final = self.advice().is_some_and(|advice| advice.class == Class::Stop);
        if is_final && class != Class::ChallengeUser { Class::Stop } else { class }
    }

    /// What is known of the first code that is known.
    pub(crate) fn advice(&self) -> Option<Advice> {
        self.codes.iter().find_map(|code| entra_error::advice(*code))
    }
}

/// `error_codes`; else the number after `AADSTS` in the description. Both only advise.
fn codes(object: &Object) -> Vec<u32> {
    let listed = object.get("error_codes").and_then(Json::as_array).unwrap_or_default();
    let listed = listed.iter().take(8).filter_map(Json::as_integer);
    let codes: Vec<u32> = listed.filter_map(|code| code.try_into().ok()).collect();
    if !codes.is_empty() {
        return codes;
    }
    let description = object.get("error_description").and_then(Json::as_str);
    let rest = description.and_then(|text| text.strip_prefix("AADSTS"));
    let digits = rest.map(|rest| rest.split(|next: char| !next.is_ascii_digit()).next());
    digits.flatten().and_then(|digits| digits.parse().ok()).into_iter().collect()
}
