//! Decoding without verifying: what a text claims to be, in words, and what is wrong with it.

mod reading;

use serde::Serialize;
use vicar_identity::{
    Identity, Recognition,
    eid1::ExchangeSubject,
    facets::Facets,
    glossary::{self, Status},
    idrel, recognise,
};
use vicar_token::{Json, Object, UnixSeconds, dangerous, input::tidy};

pub use reading::likely_profile;

/// What a text says of itself. Nothing here was verified: anyone can write such a token.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// Always `false`.
    pub verified: bool,
    /// Who would act for whom, if the token were genuine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What kind of token it is, and what says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recognised: Option<Recognition>,
    /// Its times against the clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<Times>,
    /// Everything that would make Vicar refuse it whoever signed it, and what a reader should know.
    pub problems: Vec<Problem>,
    /// The JOSE header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<Object>,
    /// The claims, in the token's order, each with its meaning.
    pub claims: Vec<Claim>,
    /// T1's subject, taken apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange_subject: Option<ExchangeSubject>,
    /// The identity that the claims describe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Whether there is a signature to verify.
    pub signed: bool,
}

/// A claim with its meaning.
#[derive(Clone, Debug, Serialize)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// Its value as in the token.
    pub value: Json,
    /// What it means, in one line; empty for a claim nobody documented.
    pub meaning: &'static str,
    /// Where that is written.
    pub source: &'static str,
    /// `documented`, `observed` or `unknown`.
    pub status: &'static str,
    /// What this very value says, where it needs decoding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reads: Option<String>,
}

/// A token's times against the clock.
#[derive(Clone, Debug, Serialize)]
pub struct Times {
    /// `iat`, seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<i64>,
    /// `exp`, seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// `valid`, `expired` or `not_yet_valid`, at the clock that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    /// Seconds until `exp`; negative when it has passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<i64>,
}

/// Something that a reader of the token should know.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// The reason code that a gate would answer with.
    pub reason: &'static str,
    /// What was seen and what was wanted.
    pub message: String,
}

/// Decodes `input` (a token as people paste it) without verifying it. `now` adds what its times
/// mean.
pub fn inspect(input: &str, now: Option<UnixSeconds>) -> Inspection {
    let token = tidy(input);
    let decoded = dangerous::decode(&token);
    let mut problems: Vec<Problem> = decoded
        .problems
        .iter()
        .map(|error| Problem { reason: error.reason().code, message: error.to_string() })
        .collect();
    let claims = decoded.claims.unwrap_or_default();
    let present = !claims.is_empty();
    let header_type =
        decoded.header.as_ref().and_then(|header| header.get("typ")).and_then(Json::as_str);
    let identity = present.then(|| reading::read(header_type, &claims)).and_then(|read| {
        read.map_err(|error| {
            problems.push(Problem { reason: error.reason().code, message: error.to_string() });
        })
        .ok()
    });
    let subject = claims.get("sub").and_then(Json::as_str);
    Inspection {
        verified: false,
        summary: identity.as_ref().map(ToString::to_string),
        recognised: present.then(|| recognise(header_type, &claims)),
        times: present.then(|| Times::of(&claims, now)),
        problems,
        exchange_subject: subject.and_then(ExchangeSubject::parse),
        identity,
        signed: decoded.signature.is_some_and(|signature| !signature.is_empty()),
        claims: claims.iter().map(|(name, value)| Claim::of(name, value)).collect(),
        header: decoded.header,
    }
}

impl Inspection {
    /// Canonical JSON.
    pub fn to_json(&self) -> String {
        crate::canonical::to_json(self)
    }
}

impl Times {
    fn of(claims: &Object, now: Option<UnixSeconds>) -> Self {
        let integer = |name| claims.get(name).and_then(Json::as_integer);
        let (expires_at, not_before) = (integer("exp"), integer("nbf"));
        let now = now.and_then(|now| i64::try_from(now).ok());
        let seconds_left = expires_at.zip(now).map(|(exp, now)| exp.saturating_sub(now));
        let early = not_before.zip(now).is_some_and(|(nbf, now)| now < nbf);
        let state = seconds_left.map(|left| match left {
            ..=0 => "expired",
            _ if early => "not_yet_valid",
            _ => "valid",
        });
        Self { issued_at: integer("iat"), expires_at, state, seconds_left }
    }
}

impl Claim {
    fn of(name: &str, value: &Json) -> Self {
        let entry = glossary::entry(name);
        Self {
            name: name.to_owned(),
            value: value.clone(),
            meaning: entry.map_or("", |entry| entry.meaning),
            source: entry.map_or("", |entry| entry.source),
            status: entry.map_or(Status::Unknown, |entry| entry.status).name(),
            reads: reads(name, value),
        }
    }
}

/// What a value says that its bare text does not.
fn reads(name: &str, value: &Json) -> Option<String> {
    let facets = || Facets::parse(value.as_str()?).ok();
    match name {
        "xms_act_fct" | "xms_sub_fct" => {
            let facets = facets()?;
            let known = [(11, "agent identity"), (13, "agent's user account")];
            let said: Vec<String> = known
                .into_iter()
                .filter(|(facet, _)| facets.contains(*facet))
                .map(|(facet, meaning)| format!("{facet} = {meaning}"))
                .collect();
            Some(if said.is_empty() { "no agent".to_owned() } else { said.join(", ") })
        }
        "xms_idrel" => {
            let said: Vec<String> = idrel::relations(&facets()?)
                .map(|relation| format!("{} = {}", relation.value, relation.meaning))
                .collect();
            (!said.is_empty()).then(|| said.join(", "))
        }
        "azpacr" | "appidacr" => match value.as_str()? {
            "0" => Some("public client, no credential".to_owned()),
            "1" => Some("client secret".to_owned()),
            "2" => Some("certificate or assertion".to_owned()),
            _ => None,
        },
        "acct" => match value.as_integer()? {
            0 => Some("member".to_owned()),
            1 => Some("guest".to_owned()),
            _ => None,
        },
        _ => None,
    }
}
