//! An exchange rehearsed: what would be read, signed and sent, without a network and with
//! placeholders for what would come back.
//!
//! The machine is the one that runs in earnest, so what it refuses before it sends anything is
//! refused here as well. The placeholders are no tokens; the last one ends the rehearsal because
//! it cannot be read.

use serde::Serialize;
use serde_json::{Value, json};
use vicar_exchange::{Event, Flow, HttpResponse, Secret, Spec, reason, step::Method};
use vicar_token::{UnixSeconds, base64url};

use super::{Exchanger, Problem, Step, TokenRequest, assertion_file};
use crate::engine::EngineError;

/// What an exchange would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "exchange_rehearsal")]
pub struct Rehearsal {
    /// In order.
    pub steps: Vec<Rehearsed>,
    /// Why it would end before the last request, if it would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Problem>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "exchange_step")]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Rehearsed {
    /// A person would be shown a code, and the next request repeated until they have signed in.
    Prompt,
    /// A file would be read.
    Read {
        /// Its path.
        file: String,
        /// Whether it can be read here; else a placeholder stands for its content.
        found: bool,
    },
    /// A request would be sent.
    Send {
        /// The method.
        method: &'static str,
        /// The address.
        url: String,
        /// Names and values.
        headers: Vec<(String, String)>,
        /// The form's fields in order, secrets masked.
        form: Vec<(String, String)>,
    },
    /// A client assertion would be signed.
    Sign {
        /// The name of the private key.
        key: String,
    },
}

/// Rehearses what `spec` (JSON) asks for at `now`, in seconds since 1970. Random numbers are left
/// out: the same spec gives the same rehearsal.
///
/// # Errors
/// The guest's limits.
pub fn rehearse(
    exchanger: &dyn Exchanger,
    spec: &Secret,
    now: UnixSeconds,
) -> Result<Rehearsal, EngineError> {
    let placeholders = Placeholders { flow: Spec::from_json(spec.expose()).ok(), now };
    let started = exchanger.start(spec, [0; 32], now)?;
    let (mut machine, mut step) = (started.machine, started.step);
    let mut steps = Vec::new();
    let mut now = now;
    for _ in 0..MOST_STEPS {
        let event = match step {
            Step::Done(_) => return Ok(Rehearsal { steps, refused: None }),
            Step::Failed(problem) => {
                let ended = problem.reason == reason::OUTCOME_OPAQUE.code
                    && matches!(steps.last(), Some(Rehearsed::Send { .. }));
                return Ok(Rehearsal { steps, refused: (!ended).then_some(*problem) });
            }
            Step::Prompt(prompt) => {
                steps.push(Rehearsed::Prompt);
                now = prompt.poll_at;
                Event::Woken
            }
            Step::ReadAssertion { file } => {
                let read = assertion_file::read(&file);
                steps.push(Rehearsed::Read { file, found: read.is_some() });
                Event::Assertion(Some(read.unwrap_or_else(|| placeholders.assertion())))
            }
            Step::Send(request) => {
                let answer = placeholders.answer(&request);
                steps.push(Rehearsed::Send {
                    method: request.method.name(),
                    url: request.url,
                    headers: request.headers,
                    form: request.shown,
                });
                Event::Response(Ok(HttpResponse::json(200, answer.to_string())))
            }
            Step::Sign { key, .. } => {
                steps.push(Rehearsed::Sign { key });
                Event::Signature(Some(vec![0; 256]))
            }
            Step::Wait { until } => {
                now = until;
                Event::Woken
            }
        };
        let Some(machine) = &mut machine else { break };
        step = machine.resume(event, now)?;
    }
    Err(EngineError::Trapped("the exchange does not end".to_owned()))
}

/// What stands for answers. None is good for anything.
struct Placeholders {
    flow: Option<Spec>,
    now: UnixSeconds,
}

impl Placeholders {
    fn answer(&self, request: &TokenRequest) -> Value {
        let is_grant = |(name, value): &(String, String)| {
            name == "requested_token_type" && value == ID_JAG_TYPE
        };
        if request.url.ends_with("/devicecode") {
            return json!({
                "user_code": "REHEARSAL", "device_code": "rehearsal", "interval": 5,
                "verification_uri": "https://microsoft.com/devicelogin", "expires_in": 900,
            });
        }
        if request.shown.iter().any(is_grant) {
            return json!({
                "token_type": "N_A", "expires_in": 300, "issued_token_type": ID_JAG_TYPE,
                "access_token": self.grant().expose(),
            });
        }
        let token = match request.method {
            // Only a managed identity is asked for with GET, and its token is read.
            Method::Get => self.assertion(),
            Method::Post => Secret::from("rehearsal"),
        };
        json!({"token_type": "Bearer", "expires_in": 3600, "access_token": token.expose()})
    }

    /// For a projected token, or a managed identity's.
    fn assertion(&self) -> Secret {
        unsigned("JWT", &json!({"sub": "rehearsal", "exp": self.now.saturating_add(3600)}))
    }

    /// For an identity assertion grant.
    fn grant(&self) -> Secret {
        let (audience, client) = match self.flow.as_ref().map(|spec| &spec.flow) {
            Some(Flow::IdentityAssertion(flow)) => {
                (flow.resource_issuer.as_str(), flow.resource_client.id.as_str())
            }
            _ => ("", ""),
        };
        let claims = json!({
            "iss": "rehearsal", "sub": "rehearsal", "jti": "rehearsal", "aud": audience,
            "client_id": client, "exp": self.now.saturating_add(300), "iat": self.now,
        });
        unsigned("oauth-id-jag+jwt", &claims)
    }
}

/// The shape of a token, with a signature that nobody could take for one.
fn unsigned(header_type: &str, claims: &Value) -> Secret {
    let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
    let header = json!({"alg": "RS256", "typ": header_type});
    Secret::new(format!("{}.{}.AAAA", part(&header), part(claims)))
}

const ID_JAG_TYPE: &str = "urn:ietf:params:oauth:token-type:id-jag";

/// No flow has more than a handful.
const MOST_STEPS: usize = 100;
