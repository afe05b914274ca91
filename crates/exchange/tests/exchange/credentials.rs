//! The blueprint's credentials.

use serde_json::{Value, json};
use vicar_exchange::{
    AssertionError, CacheKey, CredentialError, Event, Machine, Problem, Randomness, Secret, Spec,
    Step, credential::Thumbprint,
};
use vicar_token::base64url;

use crate::common::{NOW, changed, data, granted, jwt, run, spec, spec_with, token};

fn start(spec: Spec) -> (Machine, Step) {
    Machine::start(spec, Randomness::new([7; 32]), NOW)
}

#[test]
fn a_certificate_signs_an_assertion_for_this_endpoint_and_moment() {
    let run = run(spec("t1-certificate"), |_| panic!("no further hop"));
    let (header, claims) = run.signed[0].split_once('.').unwrap();
    let text = |part: &str| String::from_utf8(base64url::decode(part).unwrap()).unwrap();
    assert_eq!(
        text(header),
        r#"{"alg":"PS256","typ":"JWT","x5t#S256":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}"#
    );
    let claims: Value = serde_json::from_str(&text(claims)).unwrap();
    let blueprint = "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a";
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(blueprint), &json!(blueprint)));
    assert_eq!(
        claims["aud"],
        "https://login.microsoftonline.com/7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901/oauth2/v2.0/token"
    );
    assert_eq!((&claims["nbf"], &claims["iat"]), (&json!(NOW), &json!(NOW)));
    assert_eq!(claims["exp"], NOW + 300);
    let id = claims["jti"].as_str().unwrap();
    assert!(vicar_exchange::Guid::parse(id).is_ok() && id.as_bytes()[14] == b'4', "{id}");
}

#[test]
fn each_assertion_has_an_id_of_its_own() {
    let id = |seed: u8| {
        let (_, step) = Machine::start(spec("t1-certificate"), Randomness::new([seed; 32]), NOW);
        let Step::Sign { key, input } = step else { panic!() };
        assert_eq!(key, "blueprint");
        input
    };
    assert_ne!(id(1), id(2));
    assert_eq!(id(1), id(1), "the same randomness gives the same bytes");
}

#[test]
fn a_thumbprint_is_the_certificates_sha_256() {
    // SHA-256 of nothing.
    assert_eq!(
        Thumbprint::of_certificate(b"").to_base64url(),
        "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
    );
}

#[test]
fn a_key_that_cannot_sign_ends_the_exchange() {
    for signature in [None, Some(Vec::new()), Some(vec![0; 1025])] {
        let (mut machine, _) = start(spec("t1-certificate"));
        let Step::Failed(problem) = machine.resume(Event::Signature(signature), NOW) else {
            panic!()
        };
        assert_eq!(problem.reason().code, "credential_unavailable");
        assert_eq!(problem.to_string(), "the host cannot sign with the key `blueprint`");
    }
}

#[test]
fn a_file_is_read_for_every_use() {
    let (mut machine, step) = start(spec("t1-service-account"));
    let path = "/var/run/secrets/tokens/exchange";
    assert!(matches!(&step, Step::ReadAssertion { file } if file == path));
    let read = || Event::Assertion(Some(Secret::new(token("service-account"))));
    assert!(matches!(machine.resume(read(), NOW), Step::Send(_)));
    // A passing failure: before the next try it is read again, it may have been replaced.
    let failed = Event::Response(Err(vicar_exchange::Carriage::Connection));
    let Step::Wait { until } = machine.resume(failed, NOW) else { panic!() };
    assert!(matches!(machine.resume(Event::Woken, until), Step::ReadAssertion { .. }));
}

#[test]
fn an_assertion_that_the_endpoint_would_refuse_is_not_sent() {
    let expired = jwt(&changed("service-account", json!({"exp": NOW}).as_object().unwrap()));
    for content in [None, Some(""), Some("not a token"), Some(expired.as_str())] {
        let (mut machine, _) = start(spec("t1-service-account"));
        let step = machine.resume(Event::Assertion(content.map(Secret::from)), NOW);
        let Step::Failed(problem) = step else { panic!("{content:?}") };
        assert_eq!(problem.reason().code, "credential_unavailable", "{content:?}");
        assert!(!problem.to_string().contains("not a token"));
    }
}

#[test]
fn the_managed_identity_is_asked_with_its_header() {
    let identity = json!({"managed_identity": {"client_id": "0e1d2c3b-4a59-4687-9677-8695a4b3c2d1",
        "emulator": "http://127.0.0.1:4141/"}});
    let at = "/flow/entra/grant/blueprint_exchange/agent/credential";
    let spec = serde_json::from_value(spec_with("t1-secret", at, identity)).unwrap();
    let (_, step) = start(spec);
    let Step::Send(request) = step else { panic!() };
    assert_eq!(
        request.url,
        "http://127.0.0.1:4141/metadata/identity/oauth2/token?api-version=2019-08-01&resource=api%3A%2F%2FAzureADTokenExchange&client_id=0e1d2c3b-4a59-4687-9677-8695a4b3c2d1"
    );
    assert!(request.headers.contains(&("metadata", "true".to_owned())));
}

#[test]
fn what_was_not_asked_for_ends_the_exchange() {
    let events = || {
        [
            Event::Assertion(None),
            Event::Signature(None),
            Event::Woken,
            Event::Response(Err(vicar_exchange::Carriage::Connection)),
        ]
    };
    let specs: std::collections::BTreeMap<String, Value> = data("specs.json");
    for name in specs.keys() {
        for event in events() {
            let (mut machine, step) = start(spec(name));
            let asked_for = matches!(
                (&step, &event),
                (Step::ReadAssertion { .. }, Event::Assertion(_))
                    | (Step::Send(_), Event::Response(_))
                    | (Step::Sign { .. }, Event::Signature(_))
            );
            if asked_for {
                continue;
            }
            let Step::Failed(problem) = machine.resume(event, NOW) else { panic!("{name}") };
            assert_eq!(problem.reason().code, "exchange_out_of_order", "{name}");
        }
    }
}

#[test]
fn an_assertion_for_another_exchange_or_from_one_is_not_sent() {
    for (changes, outcome) in [
        (json!({}), "ok"),
        (json!({"aud": "api://AzureADTokenExchange"}), "ok"),
        (json!({"aud": "my-own-audience"}), "ok"),
        (json!({"aud": ["api://AzureADTokenExchangeChina"]}), "other"),
        (json!({"aud": "api://AzureAdTokenExchange"}), "other"),
        (json!({"xms_ficinfo": "CAAQABgAIAAoAjAA"}), "chained"),
        (json!({"sub": "/eid1/c/pub/t/x"}), "chained"),
    ] {
        let assertion = jwt(&changed("service-account", changes.as_object().unwrap()));
        let (mut machine, _) = start(spec("t1-service-account"));
        let step = machine.resume(Event::Assertion(Some(Secret::new(assertion))), NOW);
        let got = match &step {
            Step::Send(_) => "ok",
            Step::Failed(problem) => match &**problem {
                Problem::Credential(CredentialError::Assertion(AssertionError::Chained)) => {
                    "chained"
                }
                Problem::Credential(CredentialError::Assertion(
                    AssertionError::OtherExchange { .. },
                )) => "other",
                other => panic!("{changes}: {other}"),
            },
            other => panic!("{other:?}"),
        };
        assert_eq!(got, outcome, "{changes}");
    }
}

#[test]
fn t1_is_had_once_and_handed_in() {
    for name in ["on-behalf-of", "agent-user", "autonomous-api"] {
        let mut wanted = spec(name);
        let first = wanted.t1().unwrap();
        assert_eq!(CacheKey::of(&first), CacheKey::t1(&wanted).unwrap());
        let t1 = run(first, |_| panic!("T1 alone")).end.unwrap();
        wanted.hand_in(t1.t1().cloned(), None);
        let last = if name == "agent-user" { "agent-user-graph-v1" } else { "obo-api-v2" };
        let run = run(wanted, |_| Ok(granted(&token(last))));
        let form = run.requests[0].body();
        assert!(!form.expose().contains("fmi_path"), "{name}");
    }
    assert!(spec("client-credentials").t1().is_none());
}

#[test]
fn the_exchange_by_its_app_id_is_a_managed_identitys_audience_only() {
    let changes = json!({"aud": "fb60f99c-7a34-4190-8149-302f77469936"});
    let changes = changes.as_object().unwrap();
    let assertion = jwt(&changed("managed-identity", changes));
    let identity = crate::common::run_with(spec("t1-managed-identity"), |request| {
        let metadata = request.url.contains("/metadata/identity/");
        Ok(granted(if metadata { &assertion } else { "opaque-t1" }))
    });
    assert_eq!(identity.outcome(), "ok", "{:?}", identity.end);

    let (mut machine, _) = start(spec("t1-service-account"));
    let assertion = Secret::new(jwt(&changed("service-account", changes)));
    let step = machine.resume(Event::Assertion(Some(assertion)), NOW);
    let Step::Failed(problem) = step else { panic!("{step:?}") };
    assert_eq!(problem.reason().code, "credential_unavailable");
}
