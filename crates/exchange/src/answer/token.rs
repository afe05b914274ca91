//! A token in an answer (RFC 6749 section 5.1, RFC 8693 section 2.2.1).

use vicar_token::{Json, Object, UnixSeconds, jws::MAX_TOKEN_BYTES, quote::Quoted};

use super::seconds;
use crate::{AnswerError, Secret};

/// The members that count.
#[derive(Debug)]
pub(crate) struct TokenAnswer {
    pub(crate) access_token: Secret,
    pub(crate) expires_at: UnixSeconds,
    pub(crate) refresh_token: Option<Secret>,
    /// `scope`, as the answer has it.
    pub(crate) scope: Option<String>,
    pub(crate) issued_token_type: Option<String>,
}

/// A token is good for 30 days at most; what claims more is not taken for a time.
const LONGEST_LIFE: u64 = 30 * 24 * 3600;

/// Reads a token whose `token_type` has to be `token_type`, in any letter case.
pub(crate) fn token(
    mut object: Object,
    token_type: &'static str,
    now: UnixSeconds,
) -> Result<TokenAnswer, AnswerError> {
    let seen = text(&object, "token_type")?.ok_or(AnswerError::absent("token_type", token_type))?;
    if !seen.eq_ignore_ascii_case(token_type) {
        let seen = Quoted(seen).to_string();
        return Err(AnswerError::Member { member: "token_type", seen, wanted: token_type });
    }
    let life = seconds(&object, "expires_in", 1..=LONGEST_LIFE)?
        .ok_or(AnswerError::absent("expires_in", "a number of seconds"))?;
    Ok(TokenAnswer {
        expires_at: now.saturating_add(life),
        scope: text(&object, "scope")?.map(str::to_owned),
        issued_token_type: text(&object, "issued_token_type")?.map(str::to_owned),
        access_token: secret(&mut object, "access_token")?
            .ok_or(AnswerError::absent("access_token", "a token"))?,
        refresh_token: secret(&mut object, "refresh_token")?,
    })
}

fn text<'a>(object: &'a Object, member: &'static str) -> Result<Option<&'a str>, AnswerError> {
    object.string(member).map_err(|wrong| AnswerError::wrong_type(member, &wrong))
}

/// Moves a secret out of the document, so that no copy stays there.
pub(super) fn secret(
    object: &mut Object,
    member: &'static str,
) -> Result<Option<Secret>, AnswerError> {
    let secret = match object.remove(member) {
        None => return Ok(None),
        Some(Json::String(text)) => Secret::new(text),
        Some(other) => {
            let seen = other.kind().to_owned();
            return Err(AnswerError::Member { member, seen, wanted: "a string" });
        }
    };
    let text = secret.expose();
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if plain && (1..=MAX_TOKEN_BYTES).contains(&text.len()) {
        return Ok(Some(secret));
    }
    let seen = format!("a text of {} bytes", text.len());
    let wanted = "visible ASCII characters, no longer than a token";
    Err(AnswerError::Member { member, seen, wanted })
}
