//! The cases of `tests/data/token_service.yaml`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::world::{CONTOSO_ID, World, claims};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default = "contoso")]
    tenant: String,
    form: BTreeMap<String, String>,
    /// Seconds between the words and the request.
    #[serde(default)]
    later: u64,
    /// Seconds between Tc and everything else.
    #[serde(default)]
    tc_first: u64,
    code: Option<u32>,
    error: Option<String>,
    status: Option<u16>,
    suberror: Option<String>,
    demands: Option<String>,
    #[serde(default)]
    claims: BTreeMap<String, Value>,
    #[serde(default)]
    absent: Vec<String>,
    #[serde(default)]
    facets: BTreeMap<String, BTreeSet<u64>>,
    #[serde(default)]
    answer: BTreeMap<String, Value>,
    #[serde(default)]
    has: Vec<String>,
}

fn contoso() -> String {
    CONTOSO_ID.to_owned()
}

#[test]
fn every_row_is_answered_as_entra_answers_it() {
    let cases: Vec<Case> =
        serde_saphyr::from_str(include_str!("../../../tests/data/token_service.yaml")).unwrap();
    assert!(cases.len() > 80, "{}", cases.len());
    let mut failures = Vec::new();
    for case in &cases {
        if let Err(failure) = check(case) {
            failures.push(format!("{}: {failure}", case.name));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn check(case: &Case) -> Result<(), String> {
    let mut world = World::new();
    let early = world.tc();
    world.now += case.tc_first;
    let mut words = world.words();
    if case.tc_first > 0 {
        words.insert("$tc", early);
    }
    world.now += case.later;
    // The longest word first: `$tc_tools` before `$tc`.
    let fill = |text: &str| {
        words.iter().rev().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
    };
    let form: Vec<(&str, String)> =
        case.form.iter().map(|(name, value)| (name.as_str(), fill(value))).collect();
    let form: Vec<(&str, &str)> =
        form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = world.ask(&fill(&case.tenant), &form);
    let answer = match (answer, case.code) {
        (Err(refusal), Some(code)) => {
            let body = refusal.body(world.now, "t", "c", "login.microsoftonline.com");
            let same = refusal.code.number == code
                && case.error.as_deref().is_none_or(|error| error == body.error)
                && case.status.is_none_or(|status| status == refusal.code.status)
                && case.suberror.as_deref().is_none_or(|it| body.suberror.as_deref() == Some(it))
                && (case.demands.is_none() || case.demands == body.claims);
            return if same { Ok(()) } else { Err(format!("{} {body:?}", refusal.code.status)) };
        }
        (Err(refusal), None) => return Err(refusal.to_string()),
        (Ok(_), Some(code)) => return Err(format!("a token in place of {code}")),
        (Ok(answer), None) => answer,
    };
    let found = claims(&answer.access_token);
    for (name, wanted) in &case.claims {
        let wanted = match wanted {
            Value::String(text) => Value::String(fill(text)),
            other => other.clone(),
        };
        if found.get(name) != Some(&wanted) {
            return Err(format!("`{name}` is {:?}, not {wanted}", found.get(name)));
        }
    }
    if let Some(name) = case.absent.iter().find(|name| found.contains_key(*name)) {
        return Err(format!("`{name}` is there: {found:?}"));
    }
    for (name, wanted) in &case.facets {
        let text = found.get(name).and_then(Value::as_str).ok_or(format!("no `{name}`"))?;
        let odd: BTreeSet<u64> =
            text.split(' ').map(|it| it.parse().unwrap()).filter(|it| it % 2 == 1).collect();
        if odd != *wanted {
            return Err(format!("`{name}` is {text}"));
        }
    }
    let answer = serde_json::to_value(&answer).unwrap();
    for (name, wanted) in &case.answer {
        if answer.get(name) != Some(wanted) {
            return Err(format!("the answer's `{name}` is {:?}", answer.get(name)));
        }
    }
    match case.has.iter().find(|name| answer.get(name.as_str()).is_none()) {
        Some(name) => Err(format!("the answer has no `{name}`")),
        None => Ok(()),
    }
}
