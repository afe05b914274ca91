//! How long a token is kept, and what ends it early.

use vicar_exchange::{
    CacheKey,
    cache::{Cache, CacheLimits, Look},
    digest::Digest,
};

use super::flights::{cache, key, lead};
use crate::common::{NOW, data, granted, run, spec, token};

#[derive(serde::Deserialize)]
struct Flow {
    spec: String,
    last: Option<String>,
}

/// Each flow on its way: had, kept, replaced ahead of its end by one caller, never handed out
/// when it has ended.
#[test]
fn every_flow_is_refreshed_ahead_of_expiry() {
    let mut refreshed = 0;
    for flow in data::<Vec<Flow>>("wire.json") {
        let name = &flow.spec;
        let had = || {
            let last = |_| Ok(granted(&token(flow.last.as_ref().unwrap())));
            run(spec(name), last).end.unwrap()
        };
        let mut cache: Cache<u64, String> =
            Cache::new(CacheLimits::default(), Digest::of(b"policy"));
        let key = CacheKey::of(&spec(name));
        let first = had();
        let ends = first.expires_at();
        let flight = lead(&mut cache, &key, NOW);
        assert!(cache.land(flight, 1, ends, NOW), "{name}");
        // What it was had for may end before it does.
        let dead = (ends - 30).min(key.not_after().unwrap_or(u64::MAX));
        let refresh = ends - 300.min((ends - NOW) / 5);
        if refresh < dead {
            refreshed += 1;
            assert!(matches!(cache.look(&key, refresh - 1), Look::Hit(1)), "{name}");
            let Look::Refresh(1, flight) = cache.look(&key, refresh) else { panic!("{name}") };
            assert!(matches!(cache.look(&key, refresh), Look::Hit(1)), "{name}: one refreshes");
            assert!(cache.land(flight, 2, ends + 3600, refresh + 1), "{name}");
            let still = key.not_after().is_none_or(|not_after| dead < not_after);
            assert_eq!(matches!(cache.look(&key, dead), Look::Hit(2)), still, "{name}");
        } else {
            assert!(matches!(cache.look(&key, dead - 1), Look::Hit(1)), "{name}");
            assert!(matches!(cache.look(&key, dead), Look::Lead(_)), "{name}");
        }
    }
    assert!(refreshed > 10, "{refreshed}");
}

#[test]
fn one_caller_replaces_a_token_ahead_while_others_are_served() {
    let mut cache = cache();
    let flight = lead(&mut cache, &key("a"), NOW);
    assert!(cache.land(flight, 1, NOW + 3600, NOW));
    assert!(matches!(cache.look(&key("a"), NOW + 3299), Look::Hit(1)));
    let Look::Refresh(1, flight) = cache.look(&key("a"), NOW + 3300) else { panic!() };
    assert!(matches!(cache.look(&key("a"), NOW + 3300), Look::Hit(1)));
    assert!(cache.land(flight, 2, NOW + 7200, NOW + 3301));
    assert!(matches!(cache.look(&key("a"), NOW + 3301), Look::Hit(2)));
}

#[test]
fn a_failed_replacement_leaves_the_token_in_use() {
    let mut cache = cache();
    let flight = lead(&mut cache, &key("a"), NOW);
    assert!(cache.land(flight, 1, NOW + 3600, NOW));
    let flight = lead(&mut cache, &key("a"), NOW + 3300);
    cache.fail(flight, "busy".to_owned(), NOW + 3320);
    assert!(matches!(cache.look(&key("a"), NOW + 3319), Look::Hit(1)));
    assert!(matches!(cache.look(&key("a"), NOW + 3320), Look::Refresh(1, _)));
    // Dead, thirty seconds ahead of its end.
    assert!(matches!(cache.look(&key("a"), NOW + 3570), Look::Lead(_)));
}

#[test]
fn a_short_token_is_used_for_most_of_its_life() {
    let mut cache = cache();
    let flight = lead(&mut cache, &key("a"), NOW);
    assert!(cache.land(flight, 1, NOW + 10, NOW));
    assert!(matches!(cache.look(&key("a"), NOW + 7), Look::Hit(1)));
    assert!(matches!(cache.look(&key("a"), NOW + 8), Look::Lead(_)));
}

#[test]
fn a_token_dies_with_its_assertion() {
    let mut cache = cache();
    let key = CacheKey::from_parts(["a"], Some(Digest::of(b"dana")), Some(NOW + 100));
    let flight = lead(&mut cache, &key, NOW);
    assert!(cache.land(flight, 1, NOW + 3600, NOW));
    assert!(matches!(cache.look(&key, NOW + 99), Look::Hit(1)));
    assert!(matches!(cache.look(&key, NOW + 100), Look::Lead(_)));
}

#[test]
fn another_policy_ends_every_token_and_every_flight() {
    let mut cache = cache();
    let flight = lead(&mut cache, &key("a"), NOW);
    assert!(cache.land(flight, 1, NOW + 3600, NOW));
    let pending = lead(&mut cache, &key("b"), NOW);
    cache.adopt_policy(Digest::of(b"policy"));
    assert_eq!(cache.len(), 2, "the same policy changes nothing");
    cache.adopt_policy(Digest::of(b"another"));
    assert!(cache.is_empty());
    assert!(!cache.land(pending, 2, NOW + 3600, NOW), "permitted by the old policy");
    assert!(matches!(cache.look(&key("b"), NOW), Look::Lead(_)));
}

#[test]
fn a_challenged_token_is_forgotten_and_its_users_others_too() {
    let mut cache = cache();
    let dana = Digest::of(b"dana");
    let of = |name: &str, subject: &Digest| CacheKey::from_parts([name], Some(*subject), None);
    let keys = [of("mail", &dana), of("files", &dana), of("mail of eve", &Digest::of(b"eve"))];
    for key in &keys {
        let flight = lead(&mut cache, key, NOW);
        assert!(cache.land(flight, 1, NOW + 3600, NOW));
    }
    let [mail, files, eves] = &keys;
    cache.forget(mail);
    assert!(matches!(cache.look(files, NOW), Look::Hit(1)));
    let refreshed = lead(&mut cache, mail, NOW);
    cache.forget_subject(&dana);
    assert!(!cache.land(refreshed, 2, NOW + 3600, NOW));
    assert!(matches!(cache.look(files, NOW), Look::Lead(_)));
    assert!(matches!(cache.look(eves, NOW), Look::Hit(1)));
}

#[test]
fn the_cache_is_bounded_and_keeps_what_is_used() {
    let limits = CacheLimits { entries: 100, ..CacheLimits::default() };
    let mut cache: Cache<u32, String> = Cache::new(limits, Digest::of(b"policy"));
    let land = |cache: &mut Cache<u32, String>, number: u32| {
        let flight = lead(cache, &key(&number.to_string()), NOW);
        assert!(cache.land(flight, number, NOW + 3600, NOW));
    };
    land(&mut cache, 0);
    for number in 1..5000 {
        land(&mut cache, number);
        assert!(cache.len() <= 100);
        assert!(matches!(cache.look(&key("0"), NOW), Look::Hit(0)), "in use all the time");
    }
    assert!(matches!(cache.look(&key("4901"), NOW), Look::Hit(4901)));
    assert!(matches!(cache.look(&key("4900"), NOW), Look::Lead(_)));
}
