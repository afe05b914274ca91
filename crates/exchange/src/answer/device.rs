//! A device code (RFC 8628 section 3.2).

use vicar_keys::Address;
use vicar_token::{Object, UnixSeconds, quote::Quoted};

use super::{seconds, token::secret};
use crate::{AnswerError, Secret};

/// The members that count.
#[derive(Clone, Debug)]
pub(crate) struct DeviceCode {
    pub(crate) device_code: Secret,
    pub(crate) user_code: String,
    pub(crate) verification_uri: String,
    pub(crate) expires_at: UnixSeconds,
    /// Least seconds between two polls.
    pub(crate) interval: u64,
}

/// Without `interval`, five seconds (RFC 8628 section 3.2).
const USUAL_INTERVAL: u64 = 5;

/// Reads the answer of the device endpoint.
pub(crate) fn device_code(mut object: Object, now: UnixSeconds) -> Result<DeviceCode, AnswerError> {
    let life = seconds(&object, "expires_in", 1..=3600)?
        .ok_or(AnswerError::absent("expires_in", "a number of seconds"))?;
    let interval = seconds(&object, "interval", 1..=300)?.unwrap_or(USUAL_INTERVAL);
    let user_code = shown(&object, "user_code", |text| {
        text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })?;
    // A person will type into this page: never one without TLS.
    let verification_uri =
        shown(&object, "verification_uri", |text| Address::https_or_loopback(text).is_ok())?;
    let device_code =
        secret(&mut object, "device_code")?.ok_or(AnswerError::absent("device_code", "a code"))?;
    let expires_at = now.saturating_add(life);
    Ok(DeviceCode { device_code, user_code, verification_uri, expires_at, interval })
}

fn shown(
    object: &Object,
    member: &'static str,
    fits: impl Fn(&str) -> bool,
) -> Result<String, AnswerError> {
    let wanted = "a text to show to the person";
    match object.string(member) {
        Ok(Some(text)) if !text.is_empty() && fits(text) => Ok(text.to_owned()),
        Ok(Some(text)) => {
            Err(AnswerError::Member { member, seen: Quoted(text).to_string(), wanted })
        }
        Ok(None) => Err(AnswerError::absent(member, wanted)),
        Err(wrong) => Err(AnswerError::wrong_type(member, &wrong)),
    }
}
