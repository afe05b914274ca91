//! Whatever stands in the claims: no panic, no widening, no control character in a message.

use proptest::{prelude::*, sample::select};
use serde_json::{Map, Value, json};
use vicar_identity::{
    Directory, Evidence, Mode, Profile, TokenKind, describe, glossary::GLOSSARY, identify,
    profile::OidcProfile, recognise_in,
};

use crate::common::{Claims, TENANT, bodies, changed, directories, facts, object, profiles};

fn all_profiles() -> Vec<Profile> {
    let ready_made = [OidcProfile::auth0(), OidcProfile::keycloak("tools"), OidcProfile::okta()];
    profiles().into_values().chain(ready_made.into_iter().map(Profile::Oidc)).collect()
}

/// Values that tokens carry, and values that they should not.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        "[0-9 ]{0,12}".prop_map(Value::from),
        select(vec!["11", "13", "3 9 11", "3 13", "1", "7", "app", "user", "1.0", "2.0", "0"])
            .prop_map(Value::from),
        select(vec![TENANT, "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b", "tools.read", "/eid1/x"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((select(vec!["sub", "iss", "act", "roles", "jkt"]), inner), 0..4)
                .prop_map(|members| {
                    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                    Value::Object(members.collect::<Map<_, _>>())
                }),
        ]
    })
}

fn changes() -> impl Strategy<Value = Claims> {
    let names: Vec<&str> = GLOSSARY.iter().map(|entry| entry.claim).collect();
    prop::collection::vec((select(names), value()), 0..12).prop_map(|members| {
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    })
}

fn base() -> impl Strategy<Value = Claims> {
    let bodies: Vec<Claims> = bodies().into_values().chain([Claims::new()]).collect();
    select(bodies)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_claims_are_answered(
        base in base(),
        changes in changes(),
        header_type in prop::option::of(".{0,12}"),
    ) {
        let claims = object(&changed(&base, &changes));
        for directory in [&Directory::default(), &directories()["contoso"]] {
            let kind = recognise_in(header_type.as_deref(), &claims, directory).kind;
            for profile in all_profiles() {
                let facts = facts(&profile, &claims, header_type.as_deref(), TENANT);
                let text = match identify(&facts, &profile, directory) {
                    Ok(identity) => {
                        prop_assert_eq!(kind, TokenKind::AccessToken);
                        prop_assert_ne!(identity.mode, Mode::ExchangeCredential);
                        let again = identify(&facts, &profile, directory).unwrap();
                        prop_assert_eq!(
                            serde_json::to_string(&identity).unwrap(),
                            serde_json::to_string(&again).unwrap()
                        );
                        identity.to_string()
                    }
                    Err(error) => {
                        prop_assert!(!error.remedy().is_empty());
                        error.to_string()
                    }
                };
                prop_assert!(!text.chars().any(char::is_control), "{:?}", text);
                prop_assert!(text.chars().count() < 1500, "{}", text);
                let _ = describe(&facts, &profile, directory).map(|identity| identity.to_string());
            }
        }
    }

    /// With the strict profile nothing but a facet makes an agent, and nothing but `scp` a
    /// delegated call.
    #[test]
    fn agents_are_proven_by_facets(base in base(), changes in changes()) {
        let claims = object(&changed(&base, &changes));
        let profile = &profiles()["entra-strict"];
        let facts = facts(profile, &claims, None, TENANT);
        if let Ok(identity) = identify(&facts, profile, &directories()["contoso"]) {
            let proven = identity.actor.evidence == Evidence::Facet;
            match identity.mode {
                Mode::Autonomous => prop_assert!(proven && identity.scopes.is_empty()),
                Mode::OnBehalfOf => prop_assert!(proven && !identity.scopes.is_empty()),
                Mode::AgentUser => prop_assert!(identity.subject.evidence == Evidence::Facet),
                _ => {}
            }
        }
    }

    #[test]
    fn order_and_filler_of_facets_change_nothing(
        name in select(vec!["autonomous-api-v2", "obo-api-v2", "agent-user-api-v2", "app-api-v2"]),
        claim in select(vec!["xms_act_fct", "xms_sub_fct", "xms_idrel", "xms_tnt_fct"]),
        noise in prop::collection::vec(any::<u32>().prop_map(|value| value & !1), 0..6),
        rotation in 0usize..16,
    ) {
        let body = &bodies()[name];
        let Some(text) = body.get(claim).and_then(Value::as_str) else { return Ok(()) };
        let mut numbers: Vec<String> = text.split(' ').map(str::to_owned).collect();
        numbers.extend(noise.iter().map(u32::to_string));
        let middle = rotation % numbers.len();
        numbers.rotate_left(middle);
        let changes = Claims::from_iter([(claim.to_owned(), json!(numbers.join(" ")))]);

        let profile = &profiles()["entra-strict"];
        let answer = |claims: &Claims| {
            let claims = object(claims);
            identify(&facts(profile, &claims, None, TENANT), profile, &Directory::default())
        };
        prop_assert_eq!(answer(&changed(body, &changes)), answer(body));
    }
}
