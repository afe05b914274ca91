//! What cannot be asked for is refused before anything is sent (domain cases 45 to 47 and 49).

use serde::Deserialize;
use serde_json::Value;
use vicar_exchange::{Machine, Randomness, Spec, Step, spec::AgentUser};

use crate::common::{NOW, data, spec_with};

#[derive(Deserialize)]
struct Unreadable {
    spec: String,
    at: String,
    value: Value,
    says: String,
}

#[test]
fn a_value_that_must_not_be_sent_cannot_be_read() {
    for case in data::<Vec<Unreadable>>("unreadable_specs.json") {
        let spec = spec_with(&case.spec, &case.at, case.value.clone());
        let error = serde_json::from_value::<Spec>(spec).expect_err(&case.at).to_string();
        assert!(error.contains(&case.says), "{} {}: {error}", case.at, case.value);
    }
}

#[derive(Deserialize)]
struct Refused {
    spec: String,
    at: String,
    value: Value,
    reason: String,
}

#[test]
fn a_request_that_would_be_refused_is_not_sent() {
    for case in data::<Vec<Refused>>("refused_specs.json") {
        let spec = spec_with(&case.spec, &case.at, case.value.clone());
        let spec: Spec = serde_json::from_value(spec).unwrap();
        let (_, step) = Machine::start(spec, Randomness::new([1; 32]), NOW);
        let Step::Failed(problem) = step else { panic!("{} {}: {step:?}", case.at, case.value) };
        assert_eq!(problem.reason().code, case.reason, "{} {}", case.at, case.value);
        assert!(!problem.remedy().is_empty());
    }
}

#[test]
fn exactly_one_name_of_an_agents_user() {
    const ID: &str = "5d6e7f80-2b3c-4d5e-9f60-718293a4b5c6";
    const NAME: &str = "invoice-agent@contoso.example";
    let read = |id, name| AgentUser::from_parameters(id, name);
    assert!(matches!(read(Some(ID), None), Ok(AgentUser::ObjectId(_))));
    assert!(matches!(read(None, Some(NAME)), Ok(AgentUser::PrincipalName(_))));
    for (id, name, reason) in [
        (Some(ID), Some(NAME), "user_ambiguous"),
        (None, None, "user_ambiguous"),
        (Some(NAME), None, "exchange_request_malformed"),
        (None, Some(ID), "exchange_request_malformed"),
        (Some(""), None, "exchange_request_malformed"),
    ] {
        assert_eq!(read(id, name).unwrap_err().reason().code, reason, "{id:?} {name:?}");
    }
}

#[test]
fn a_spec_survives_being_written() {
    for (name, spec) in data::<std::collections::BTreeMap<String, Value>>("specs.json") {
        let spec: Spec = serde_json::from_value(spec).unwrap();
        assert_eq!(Spec::from_json(spec.to_json().expose()), Ok(spec), "{name}");
    }
}
