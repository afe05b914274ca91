//! Sample tokens, captured facet combinations and real payloads, each with its identity.

use std::{io::Write as _, path::Path};

use serde::Deserialize;
use serde_json::Value;
use vicar_identity::{Directory, TokenKind, describe, identify, recognise_in};

use crate::common::{
    Claims, TENANT, bodies, changed, data, difference, directories, facts, object, profiles, read,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    token: String,
    directory: String,
    profile: String,
    recognised: String,
    want: Value,
}

#[test]
fn every_sample_is_who_it_is() {
    let (bodies, profiles, directories) = (bodies(), profiles(), directories());
    for sample in data::<Vec<Sample>>("samples.json") {
        let claims = object(&bodies[&sample.token]);
        let profile = &profiles[&sample.profile];
        let directory = &directories[&sample.directory];
        let recognition = recognise_in(None, &claims, directory);
        assert_eq!(recognition.kind.name(), sample.recognised, "{}", sample.token);

        let facts = facts(profile, &claims, None, TENANT);
        let identity = describe(&facts, profile, directory).unwrap();
        let seen = serde_json::to_value(&identity).unwrap();
        assert_eq!(difference("", &sample.want, &seen), None, "{}", sample.token);

        // Only access tokens pass as such, and then with the same identity.
        match identify(&facts, profile, directory) {
            Ok(identified) => assert_eq!(identified, identity, "{}", sample.token),
            Err(_) => assert_ne!(recognition.kind, TokenKind::AccessToken, "{}", sample.token),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FacetVector {
    token: String,
    base: String,
    claims: Claims,
    mode: String,
    actor: String,
    subject: String,
}

#[test]
fn captured_facets_mean_what_they_meant() {
    let (bodies, profiles) = (bodies(), profiles());
    let profile = &profiles["entra"];
    for vector in data::<Vec<FacetVector>>("facet_vectors.json") {
        let claims = object(&changed(&bodies[&vector.base], &vector.claims));
        let facts = facts(profile, &claims, None, TENANT);
        let identity = describe(&facts, profile, &Directory::default()).unwrap();
        let seen = [identity.mode.name(), identity.actor.kind.name(), identity.subject.kind.name()];
        assert_eq!(seen, [vector.mode, vector.actor, vector.subject], "{}", vector.token);
    }
}

#[test]
fn the_canonical_form_has_a_fixed_order() {
    let claims = object(&bodies()["obo-graph-v1"]);
    let (profile, directory) = (&profiles()["entra"], &directories()["contoso"]);
    let identity = identify(&facts(profile, &claims, None, TENANT), profile, directory).unwrap();
    insta::assert_snapshot!("canonical", serde_json::to_string_pretty(&identity).unwrap());
}

/// Payloads of a real tenant; they lie beside the repository and are not part of it.
#[test]
fn real_payloads_are_who_they_are() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/tokens");
    // The autonomous token was captured without roles.
    let profile = &profiles()["entra-lenient"];
    for (file, kind, sentence) in REAL {
        let path = folder.join(file);
        let Some(claims) = read::<Claims>(&path) else {
            skipped(&path);
            continue;
        };
        let claims = object(&claims);
        let directory = Directory::default();
        assert_eq!(recognise_in(None, &claims, &directory).kind.name(), kind, "{file}");
        let tenant = claims.string("tid").unwrap().unwrap();
        let facts = facts(profile, &claims, None, tenant);
        let identity = describe(&facts, profile, &directory).unwrap();
        assert_eq!(identity.to_string(), sentence, "{file}");
        assert_eq!(identify(&facts, profile, &directory).is_ok(), kind == "access_token");
    }
}

const REAL: [(&str, &str, &str); 4] = [
    (
        "blueprint-as-itself.json",
        "access_token",
        "blueprint `85075aa5-1d73-42de-812a-95348218e4b2` acts as itself in tenant \
         `5e7d8166-7876-4755-a1a4-b476d4a344f6` (inferred)",
    ),
    (
        "t1-blueprint-for-agent.json",
        "blueprint_exchange",
        "blueprint `85075aa5-1d73-42de-812a-95348218e4b2` may obtain other tokens with this one \
         in tenant `5e7d8166-7876-4755-a1a4-b476d4a344f6` (inferred)",
    ),
    (
        "t2-agent-as-itself.json",
        "access_token",
        "agent `f3897825-fd03-45f5-90eb-fdbf26135650`, made by blueprint \
         `85075aa5-1d73-42de-812a-95348218e4b2`, acts as itself in tenant \
         `5e7d8166-7876-4755-a1a4-b476d4a344f6` (proven by facets)",
    ),
    (
        "t2-agent-on-behalf-of-user.json",
        "access_token",
        "agent `f3897825-fd03-45f5-90eb-fdbf26135650`, made by blueprint \
         `85075aa5-1d73-42de-812a-95348218e4b2`, acts for user \
         `0501a526-79e4-46ff-bd07-6605a752287b` of tenant \
         `5e7d8166-7876-4755-a1a4-b476d4a344f6` (both proven by facets)",
    ),
];

/// Says so where the harness does not swallow it; `tools/test.sh` counts these lines.
fn skipped(path: &Path) {
    let _ = writeln!(std::io::stderr(), "skipped: {} is not there", path.display());
}
