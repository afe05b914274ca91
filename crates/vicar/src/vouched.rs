//! Claims that a trusted component in front has verified already (Envoy's `jwt_authn`).

use std::{collections::BTreeMap, sync::Arc};

use vicar_identity::profile::Family;
use vicar_token::{
    Header, Json, Object, SignatureVerifier, UnixSeconds, dangerous,
    json::{JsonError, Limits},
};

use crate::{Admitted, Gate, Proven, Refusal, reason};

/// A token's content, from a component that verified its signature with the issuer's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VouchedToken<'a> {
    /// The bundle's name of the issuer whose key it was verified with, where the component says
    /// so.
    pub issuer: Option<&'a str>,
    /// The JOSE header as JSON. Only tokens of Microsoft Entra and Kubernetes do without: other
    /// families tell access tokens from other tokens by its `typ`.
    pub header: Option<&'a [u8]>,
    /// The claims as JSON. Numbers without a fraction count as integers, however they are
    /// written: protobuf's `Struct` knows no integers.
    pub claims: &'a [u8],
}

impl<V: SignatureVerifier> Gate<V> {
    /// Admits a token whose signature somebody else has verified: issuer, tenant, audience, times,
    /// kind and identity are checked as those of every token.
    ///
    /// **The caller vouches** that a trusted component verified the signature with the issuer's
    /// key. `algorithms` of the issuer is not checked: that is the component's part too.
    ///
    /// # Errors
    /// [`Refusal`] with the reason code of the first thing that is wrong.
    pub fn prove_vouched(
        &mut self,
        token: &VouchedToken<'_>,
        now: UnixSeconds,
    ) -> Result<Proven, Refusal> {
        if let Some(admitted) = self.vouched.get(token, now) {
            return Ok(Proven { admitted, cached: true });
        }
        let header = token.header.map(read_header).transpose()?;
        let claims = Object::parse(token.claims, &Limits::TOKEN).map_err(malformed)?;
        let claims = claims.iter().map(|(name, value)| (name, whole(value))).collect::<Object>();
        let has_header = header.is_some();
        let header = header.unwrap_or_default();
        let verified = dangerous::verify_claims(header, claims, &self.issuers, now)?;
        if let Some(named) = token.issuer.filter(|named| *named != verified.issuer_name()) {
            return Err(Refusal::new(
                &vicar_token::reason::ISSUER_UNTRUSTED,
                format!(
                    "the token was verified as one of issuer `{}` and is one of issuer `{}`",
                    crate::resolve::shown(named),
                    verified.issuer_name()
                ),
                "have the proxy verify tokens of each issuer with that issuer's keys alone",
            ));
        }
        let admitted = self.rules.admit(String::new(), verified)?;
        if !has_header && !matches!(admitted.identity.family, Family::Entra | Family::Kubernetes) {
            return Err(Refusal::new(
                &reason::HEADER_MISSING,
                "the token's claims came without its header, whose `typ` tells access tokens from \
                 others",
                "have the proxy hand on the header too, or the token itself",
            ));
        }
        let admitted = Arc::new(admitted);
        self.vouched.insert(token, Arc::clone(&admitted));
        Ok(Proven { admitted, cached: false })
    }
}

fn read_header(bytes: &[u8]) -> Result<Header, Refusal> {
    let members = Object::parse(bytes, &Limits::TOKEN).map_err(malformed)?;
    let text = |name: &str| {
        members.string(name).map(|value| value.map(str::to_owned)).map_err(|wrong| {
            Refusal::new(
                &vicar_token::reason::TOKEN_MALFORMED,
                format!("in the header that was handed over, {wrong}"),
                "compare the proxy's configuration with Vicar's documentation",
            )
        })
    };
    let (algorithm, key_id, token_type) = (text("alg")?, text("kid")?, text("typ")?);
    Ok(Header { algorithm: algorithm.unwrap_or_default(), key_id, token_type, members })
}

fn malformed(error: JsonError) -> Refusal {
    Refusal::new(
        &vicar_token::reason::TOKEN_MALFORMED,
        format!("the verified claims that were handed over cannot be read: {error}"),
        "compare the proxy's configuration with Vicar's documentation",
    )
}

/// `value` with every number that has no fraction as an integer. Beyond 2^53 a double says only
/// about what was written; such numbers stay as they are and are no integers.
fn whole(value: &Json) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Json::Float(number) if number.fract() == 0.0 && number.abs() < EXACT =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
            Json::Integer(*number as i64)
        }
        Json::Array(items) => items.iter().map(whole).collect(),
        Json::Object(object) => {
            object.iter().map(|(name, value)| (name, whole(value))).collect::<Object>().into()
        }
        other => other.clone(),
    }
}

/// Vouched tokens, kept by their bytes. Two generations, as in the cache of verified tokens; the
/// key is the whole text, because its end is nothing that a stranger could not choose.
#[derive(Debug, Default)]
pub(crate) struct VouchedCache {
    young: BTreeMap<Box<[u8]>, Kept>,
    old: BTreeMap<Box<[u8]>, Kept>,
}

#[derive(Clone, Debug)]
struct Kept {
    issuer: Option<Box<str>>,
    header: Option<Box<[u8]>>,
    admitted: Arc<Admitted>,
}

impl VouchedCache {
    fn get(&mut self, token: &VouchedToken<'_>, now: UnixSeconds) -> Option<Arc<Admitted>> {
        let valid = |kept: &&Kept| {
            kept.issuer.as_deref() == token.issuer
                && kept.header.as_deref() == token.header
                && kept.admitted.valid_at(now)
        };
        if let Some(kept) = self.young.get(token.claims).filter(valid) {
            return Some(Arc::clone(&kept.admitted));
        }
        let admitted = Arc::clone(&self.old.get(token.claims).filter(valid)?.admitted);
        self.insert(token, Arc::clone(&admitted));
        Some(admitted)
    }

    fn insert(&mut self, token: &VouchedToken<'_>, admitted: Arc<Admitted>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        let (issuer, header) = (token.issuer.map(Box::from), token.header.map(Box::from));
        self.young.insert(token.claims.into(), Kept { issuer, header, admitted });
    }
}

/// Tokens in a generation.
const GENERATION: usize = 2048;
