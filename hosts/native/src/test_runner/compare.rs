//! What came out against what was wanted.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use vicar_compiler::test_file::{Want, WantedDecision};

use crate::engine::{Answer, EngineError};

/// One thing that came out otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// What, for example `reason` or `identity.actor.kind`.
    pub what: String,
    /// What the test wants.
    pub wanted: String,
    /// What came out.
    pub seen: String,
}

/// What came out of a case.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outcome {
    pub(super) decision: String,
    pub(super) reason: String,
    pub(super) sentence: String,
    status: Option<u16>,
    policies: Vec<String>,
    identity: Value,
    /// What contradicts itself, whatever was wanted.
    faults: Vec<Difference>,
}

impl Outcome {
    /// Both answers to a call.
    pub(super) fn of_verdict(answer: &Answer, verdict: &str) -> Self {
        let verdict = parse(verdict);
        let mut outcome = Self {
            decision: text(&verdict, "decision"),
            reason: text(&verdict, "reason"),
            sentence: text(&verdict, "sentence"),
            status: verdict.pointer("/answer/status").and_then(status),
            policies: strings(&verdict, "policies"),
            identity: verdict.get("identity").cloned().unwrap_or(Value::Null),
            faults: Vec::new(),
        };
        let decided = if answer.allow { "allow" } else { "deny" };
        let pairs = [
            ("decision of the data path", outcome.decision.clone(), decided.to_owned()),
            ("reason of the data path", outcome.reason.clone(), answer.reason.clone()),
        ];
        for (what, wanted, seen) in pairs {
            outcome.faults.extend(difference(what, wanted, seen));
        }
        outcome
    }

    /// A token that was verified and identified.
    pub(super) fn admitted(json: &str) -> Self {
        let admission = parse(json);
        Self {
            decision: "allow".to_owned(),
            reason: "verified".to_owned(),
            sentence: text(&admission, "summary"),
            status: Some(200),
            policies: Vec::new(),
            identity: admission.get("identity").cloned().unwrap_or(Value::Null),
            faults: Vec::new(),
        }
    }

    /// A token that was refused.
    pub(super) fn refused(json: &str) -> Self {
        let refusal = parse(json);
        Self {
            decision: "deny".to_owned(),
            reason: text(&refusal, "reason"),
            sentence: text(&refusal, "message"),
            status: refusal.get("status").and_then(status),
            policies: Vec::new(),
            identity: Value::Null,
            faults: Vec::new(),
        }
    }

    /// No token and no call.
    pub(super) fn no_token() -> Self {
        let reason = vicar_token::reason::TOKEN_MISSING;
        Self {
            decision: "deny".to_owned(),
            reason: reason.code.to_owned(),
            sentence: "the case has neither a token nor a call".to_owned(),
            status: Some(reason.status),
            policies: Vec::new(),
            identity: Value::Null,
            faults: Vec::new(),
        }
    }

    /// No answer at all.
    pub(super) fn error(error: EngineError) -> Self {
        let sentence = error.to_string();
        let fault = Difference {
            what: "answer".to_owned(),
            wanted: "an answer".to_owned(),
            seen: sentence.clone(),
        };
        Self {
            decision: "error".to_owned(),
            reason: "error".to_owned(),
            sentence,
            status: None,
            policies: Vec::new(),
            identity: Value::Null,
            faults: vec![fault],
        }
    }

    /// What came out otherwise than wanted.
    pub(super) fn differences(&self, want: &Want) -> Vec<Difference> {
        let mut differences = self.faults.clone();
        let decision = match want.decision {
            WantedDecision::Allow => "allow",
            WantedDecision::Deny => "deny",
        };
        differences.extend(difference("decision", decision.to_owned(), self.decision.clone()));
        if let Some(reason) = &want.reason {
            differences.extend(difference("reason", reason.clone(), self.reason.clone()));
        }
        if let Some(status) = want.status {
            let seen = self.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
            differences.extend(difference("status", status.to_string(), seen));
        }
        if let Some(policies) = &want.policies {
            differences.extend(difference("policies", sorted(policies), sorted(&self.policies)));
        }
        if let Some(identity) = &want.identity {
            members("identity", identity, &self.identity, &mut differences);
        }
        differences
    }
}

/// Every wanted member must be there and equal; objects are compared member by member.
fn members(
    path: &str,
    wanted: &Map<String, Value>,
    seen: &Value,
    differences: &mut Vec<Difference>,
) {
    for (name, wanted) in wanted {
        let path = format!("{path}.{name}");
        let seen = seen.get(name).unwrap_or(&Value::Null);
        match wanted {
            Value::Object(wanted) if seen.is_object() => members(&path, wanted, seen, differences),
            wanted if wanted == seen => {}
            _ => differences.push(Difference {
                what: path,
                wanted: wanted.to_string(),
                seen: seen.to_string(),
            }),
        }
    }
}

fn difference(what: &str, wanted: String, seen: String) -> Option<Difference> {
    (wanted != seen).then(|| Difference { what: what.to_owned(), wanted, seen })
}

/// What an engine writes is JSON; were it not, nothing would be as wanted.
fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or(Value::Null)
}

fn text(document: &Value, name: &str) -> String {
    document.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn strings(document: &Value, name: &str) -> Vec<String> {
    let items = document.get(name).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn status(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|status| u16::try_from(status).ok())
}

fn sorted(items: &[String]) -> String {
    let mut items: Vec<&str> = items.iter().map(String::as_str).collect();
    items.sort_unstable();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn want(decision: WantedDecision) -> Want {
        Want { decision, reason: None, policies: None, identity: None, status: None }
    }

    #[test]
    fn what_is_not_asked_is_not_compared() {
        let outcome = Outcome::refused(r#"{"reason":"token_expired","status":401,"message":"m"}"#);
        assert_eq!(outcome.differences(&want(WantedDecision::Deny)), []);
        let differences = outcome.differences(&want(WantedDecision::Allow));
        assert_eq!(differences[0].what, "decision");
    }

    #[test]
    fn an_identity_is_compared_as_far_as_it_is_wanted() {
        let outcome = Outcome::admitted(
            r#"{"summary":"s","identity":{"mode":"user","actor":{"kind":"app","id":"a"}}}"#,
        );
        let mut wanted = want(WantedDecision::Allow);
        wanted.identity = json!({"actor": {"kind": "app"}}).as_object().cloned();
        assert_eq!(outcome.differences(&wanted), []);
        wanted.identity =
            json!({"mode": "app", "actor": {"kind": "agent"}, "x": 1}).as_object().cloned();
        let mut seen: Vec<String> =
            outcome.differences(&wanted).into_iter().map(|difference| difference.what).collect();
        seen.sort();
        assert_eq!(seen, ["identity.actor.kind", "identity.mode", "identity.x"]);
    }

    #[test]
    fn policies_are_compared_in_any_order() {
        let answer =
            Answer { allow: true, passes: true, status: 200, reason: "permitted".to_owned() };
        let verdict = r#"{"decision":"allow","reason":"permitted","policies":["b","a"],"answer":{"status":200}}"#;
        let outcome = Outcome::of_verdict(&answer, verdict);
        let mut wanted = want(WantedDecision::Allow);
        wanted.policies = Some(vec!["a".to_owned(), "b".to_owned()]);
        wanted.status = Some(200);
        assert_eq!(outcome.differences(&wanted), []);
        wanted.policies = Some(vec!["a".to_owned()]);
        assert_eq!(outcome.differences(&wanted).len(), 1);
    }

    #[test]
    fn a_data_path_that_says_otherwise_fails_the_case() {
        let answer =
            Answer { allow: true, passes: true, status: 200, reason: "permitted".to_owned() };
        let verdict = r#"{"decision":"deny","reason":"no_permit","policies":[]}"#;
        let differences =
            Outcome::of_verdict(&answer, verdict).differences(&want(WantedDecision::Deny));
        assert_eq!(differences.len(), 2, "{differences:?}");
    }
}
