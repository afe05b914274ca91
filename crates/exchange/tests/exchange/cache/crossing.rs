//! Many callers at once: two tenants, agents, users, scope sets. Nobody gets another's token.

use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;
use serde_json::json;
use vicar_exchange::{
    CacheKey, Exchanged, HttpRequest, Spec,
    cache::{Cache, CacheLimits, Flight, Look},
    digest::Digest,
};

use crate::common::{NOW, changed, granted, jwt, routine, run_with, spec_json};

const TENANTS: [&str; 2] =
    ["7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901", "8e4f2b63-a5d1-4d20-9c7b-301d66f2ba12"];
const AGENTS: [&str; 2] =
    ["a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b", "baf38111-2d3e-4f40-9b6c-7d8e9fa0b1c2"];
const USERS: [&str; 2] =
    ["1f2e3d4c-5b6a-4798-8877-665544332211", "20304050-6070-4809-8a0b-c0d0e0f01020"];
const SCOPES: [&str; 2] = ["tools.read", "tools.call"];
const API: &str = "api://9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";

/// Who calls for what: an index into each of the pairs above.
type Caller = [usize; 4];

fn spec([tenant, agent, user, scope]: Caller) -> Spec {
    let tc = changed(
        "tc-user-for-blueprint",
        json!({"tid": TENANTS[tenant], "oid": USERS[user]}).as_object().unwrap(),
    );
    let mut spec = spec_json("on-behalf-of");
    spec["flow"]["entra"]["tenant"] = json!(TENANTS[tenant]);
    let grant = &mut spec["flow"]["entra"]["grant"]["on_behalf_of"];
    grant["agent"]["id"] = json!(AGENTS[agent]);
    grant["user_assertion"] = json!(jwt(&tc));
    grant["target"]["scopes"] = json!([format!("{API}/{}", SCOPES[scope])]);
    serde_json::from_value(spec).unwrap()
}

/// A token endpoint that mints what it is asked for.
fn exchange(caller: Caller) -> Arc<Exchanged> {
    let run = run_with(spec(caller), |request| {
        let fields = fields(request);
        let tenant = request.url.split('/').nth(3).unwrap();
        let issuer = format!("https://login.microsoftonline.com/{tenant}/v2.0");
        if routine(request).is_some() {
            let path = "/eid1/c/pub/t/Uho-fcCUH0yLai8MVeGpAQ/a/Ae7_wB5bKk2adx8uPUxbag";
            let changes = json!({"tid": tenant, "iss": issuer,
                "sub": format!("{path}/{}", fields["fmi_path"])});
            return Ok(granted(&jwt(&changed(
                "t1-blueprint-exchange",
                changes.as_object().unwrap(),
            ))));
        }
        let tc = vicar_token::dangerous::decode(&fields["assertion"]).claims.unwrap();
        let scope = fields["scope"].rsplit('/').next().unwrap();
        let changes = json!({"tid": tenant, "iss": issuer, "azp": fields["client_id"], "scp": scope,
            "oid": tc.get("oid").unwrap().as_str()});
        Ok(granted(&jwt(&changed("obo-api-v2", changes.as_object().unwrap()))))
    });
    Arc::new(*run.end.unwrap())
}

fn fields(request: &HttpRequest) -> BTreeMap<String, String> {
    form_urlencoded::parse(request.body().expose().as_bytes()).into_owned().collect()
}

/// Whether this is the caller's own token.
fn assert_own(exchanged: &Exchanged, [tenant, agent, user, scope]: Caller) {
    let identity = exchanged.identity().unwrap();
    assert_eq!(identity.tenant.as_ref().unwrap().id, TENANTS[tenant]);
    assert_eq!(identity.actor.id, AGENTS[agent]);
    assert_eq!(identity.subject.id, USERS[user]);
    assert_eq!(identity.scopes.iter().collect::<Vec<_>>(), [SCOPES[scope]]);
}

fn everyone() -> Vec<Caller> {
    (0..16).map(|bits| [bits >> 3 & 1, bits >> 2 & 1, bits >> 1 & 1, bits & 1]).collect()
}

type Tokens = Cache<Arc<Exchanged>, String>;

#[test]
fn sixteen_callers_at_once_get_sixteen_tokens() {
    let mut cache: Tokens = Cache::new(CacheLimits::default(), Digest::of(b"policy"));
    let callers: Vec<(Caller, CacheKey)> =
        everyone().into_iter().map(|caller| (caller, CacheKey::of(&spec(caller)))).collect();
    let mut flights: Vec<(Caller, Flight<String>)> = vec![];
    for (caller, key) in &callers {
        let Look::Lead(flight) = cache.look(key, NOW) else { panic!("{caller:?} shares a key") };
        flights.push((*caller, flight));
    }
    // They land in another order than they took off.
    for (caller, flight) in flights.into_iter().rev() {
        let exchanged = exchange(caller);
        let expires_at = exchanged.expires_at();
        assert!(cache.land(flight, exchanged, expires_at, NOW));
    }
    for (caller, key) in &callers {
        let Look::Hit(exchanged) = cache.look(key, NOW) else { panic!() };
        assert_own(&exchanged, *caller);
    }
}

/// Something that happens to the cache.
#[derive(Clone, Debug)]
enum Act {
    Fail(usize),
    Forget(usize),
    ForgetUser(usize),
    Land(usize),
    Leave(usize),
    Look(usize),
    Pass(u64),
    Policy(u8),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (0..16_usize).prop_map(Act::Look),
        6 => (0..16_usize).prop_map(Act::Land),
        1 => (0..16_usize).prop_map(Act::Fail),
        1 => (0..16_usize).prop_map(Act::Leave),
        1 => (0..16_usize).prop_map(Act::Forget),
        1 => (0..16_usize).prop_map(Act::ForgetUser),
        2 => (0..2000_u64).prop_map(Act::Pass),
        1 => (0..2_u8).prop_map(Act::Policy),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_happens_no_token_crosses_keys(acts in proptest::collection::vec(act(), 1..200)) {
        // So small that keys are evicted, too.
        let limits = CacheLimits { entries: 7, ..CacheLimits::default() };
        let mut cache: Tokens = Cache::new(limits, Digest::of(&[0]));
        let callers: Vec<(Caller, CacheKey, Arc<Exchanged>)> = everyone()
            .into_iter()
            .map(|caller| (caller, CacheKey::of(&spec(caller)), exchange(caller)))
            .collect();
        let mut flights: Vec<(usize, Flight<String>)> = vec![];
        let mut now = NOW;
        for act in acts {
            match act {
                Act::Look(index) => {
                    let (caller, key, _) = &callers[index];
                    match cache.look(key, now) {
                        Look::Hit(exchanged) => {
                            assert_own(&exchanged, *caller);
                            prop_assert!(now < exchanged.expires_at());
                            prop_assert!(now < key.not_after().unwrap());
                        }
                        Look::Refresh(exchanged, flight) => {
                            assert_own(&exchanged, *caller);
                            flights.push((index, flight));
                        }
                        Look::Lead(flight) => flights.push((index, flight)),
                        Look::Failed(_) | Look::Follow(_) => {}
                    }
                }
                Act::Land(which) if !flights.is_empty() => {
                    let (index, flight) = flights.remove(which % flights.len());
                    let exchanged = Arc::clone(&callers[index].2);
                    let expires_at = exchanged.expires_at();
                    cache.land(flight, exchanged, expires_at, now);
                }
                Act::Fail(which) if !flights.is_empty() => {
                    let (_, flight) = flights.remove(which % flights.len());
                    cache.fail(flight, "no".to_owned(), now + 5);
                }
                Act::Leave(which) if !flights.is_empty() => {
                    drop(flights.remove(which % flights.len()));
                }
                Act::Fail(_) | Act::Land(_) | Act::Leave(_) => {}
                Act::Forget(index) => cache.forget(&callers[index].1),
                Act::ForgetUser(index) => cache.forget_subject(callers[index].1.subject().unwrap()),
                Act::Pass(seconds) => now += seconds,
                Act::Policy(policy) => cache.adopt_policy(Digest::of(&[policy])),
            }
            prop_assert!(cache.len() <= 7);
        }
    }
}
