//! The lab's tokens beside captured ones: every claim of a real token is there, with the same
//! type; and Vicar's own reading of them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use vicar_identity::{
    Facts, Mode, Profile, identify,
    profile::{EntraProfile, MissingFacets, MissingIdtyp},
};
use vicar_token::{Object, json::Limits};

use super::world::{BLUEPRINT, CONTOSO_ID, INVOICE, JWT, ON_BEHALF_OF, World, claims, header};

fn captured(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap()
}

/// Claims of single captured tokens that say nothing of their kind.
const INCIDENTAL: [&str; 2] = ["puid", "tenant_region_scope"];

fn like(captured: &Map<String, Value>, minted: &Map<String, Value>) {
    for (name, value) in captured {
        if INCIDENTAL.contains(&name.as_str()) {
            continue;
        }
        let found = minted.get(name).unwrap_or_else(|| panic!("no `{name}` in {minted:?}"));
        assert_eq!(
            std::mem::discriminant(found),
            std::mem::discriminant(value),
            "`{name}`: {found} and {value}"
        );
    }
}

fn app(world: &mut World, client: &str, proof: &[(&str, &str)], scope: &str) -> String {
    let mut form =
        vec![("grant_type", "client_credentials"), ("client_id", client), ("scope", scope)];
    form.extend_from_slice(proof);
    world.ask(CONTOSO_ID, &form).unwrap().access_token
}

const GRAPH: &str = "https://graph.microsoft.com/.default";

#[test]
fn tokens_have_the_claims_of_captured_ones() {
    let mut world = World::new();
    let t1 = world.invoice_t1();
    like(
        &captured(include_str!("../../../tests/data/captured/t1-blueprint-for-agent.json")),
        &claims(&t1),
    );

    let secret = [("client_secret", "lab-blueprint-secret")];
    let blueprint = app(&mut world, BLUEPRINT, &secret, GRAPH);
    like(
        &captured(include_str!("../../../tests/data/captured/blueprint-as-itself.json")),
        &claims(&blueprint),
    );

    let proof = [("client_assertion_type", JWT), ("client_assertion", t1.as_str())];
    let agent = app(&mut world, INVOICE, &proof, GRAPH);
    like(
        &captured(include_str!("../../../tests/data/captured/t2-agent-as-itself.json")),
        &claims(&agent),
    );

    let tc = world.tc();
    let t2 = world
        .ask(
            CONTOSO_ID,
            &[
                ("grant_type", ON_BEHALF_OF),
                ("client_id", INVOICE),
                ("client_assertion_type", JWT),
                ("client_assertion", &t1),
                ("assertion", &tc),
                ("requested_token_use", "on_behalf_of"),
                ("scope", "openid profile User.Read email"),
            ],
        )
        .unwrap()
        .access_token;
    like(
        &captured(include_str!("../../../tests/data/captured/t2-agent-on-behalf-of-user.json")),
        &claims(&t2),
    );
}

#[test]
fn headers_are_those_of_their_version() {
    let mut world = World::new();
    let t1 = world.invoice_t1();
    let names = |token: &str| header(token).keys().cloned().collect::<BTreeSet<_>>();
    let of = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(names(&t1), of(&["typ", "alg", "kid"]));
    let proof = [("client_assertion_type", JWT), ("client_assertion", t1.as_str())];
    let v1 = app(&mut world, INVOICE, &proof, GRAPH);
    assert_eq!(names(&v1), of(&["typ", "alg", "kid", "x5t"]));
}

#[test]
fn the_standard_claims_come_first() {
    let mut world = World::new();
    let t1 = world.invoice_t1();
    let payload = t1.split('.').nth(1).unwrap();
    let text = String::from_utf8(vicar_token::base64url::decode(payload).unwrap()).unwrap();
    let places: Vec<usize> = ["\"aud\"", "\"iss\"", "\"iat\"", "\"nbf\"", "\"exp\"", "\"aio\""]
        .iter()
        .map(|name| text.find(name).unwrap())
        .collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn vicar_reads_the_subject_of_t1() {
    let mut world = World::new();
    let t1 = claims(&world.invoice_t1());
    let subject =
        vicar_identity::eid1::ExchangeSubject::parse(t1["sub"].as_str().unwrap()).unwrap();
    assert_eq!((subject.tenant.as_str(), subject.blueprint.as_str()), (CONTOSO_ID, BLUEPRINT));
    assert_eq!(subject.agent().as_deref(), Some(INVOICE));
}

fn mode(token: &str) -> Mode {
    let payload = vicar_token::base64url::decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims = Object::parse(&payload, &Limits::TOKEN).unwrap();
    let profile = Profile::Entra(EntraProfile {
        missing_idtyp: MissingIdtyp::Refuse,
        missing_facets: MissingFacets::Refuse,
        accept_without_permissions: false,
        accept_partners: false,
    });
    let facts = Facts {
        header_type: Some("JWT"),
        claims: &claims,
        issuer_name: "entra",
        tenant: Some(CONTOSO_ID),
    };
    identify(&facts, &profile, &vicar_identity::Directory::default())
        .unwrap_or_else(|error| panic!("{error}"))
        .mode
}

#[test]
fn vicar_reads_each_kind_of_token_for_what_it_is() {
    let mut world = World::new();
    let (t1, tc) = (world.invoice_t1(), world.tc());
    let x2 = world.x2(INVOICE, &t1);
    let tools = format!("{}/.default", super::world::TOOLS);
    let proof = [("client_assertion_type", JWT), ("client_assertion", t1.as_str())];
    let agent = app(&mut world, INVOICE, &proof, &tools);
    assert_eq!(mode(&agent), Mode::Autonomous);
    let nightly = [("client_secret", "lab-nightly-secret")];
    let job = app(&mut world, super::world::NIGHTLY, &nightly, &tools);
    assert_eq!(mode(&job), Mode::App);

    let mut delegated = |grant: &str, more: &[(&str, &str)]| {
        let mut form =
            vec![("grant_type", grant), ("client_id", INVOICE), ("scope", tools.as_str())];
        form.extend_from_slice(&proof);
        form.extend_from_slice(more);
        mode(&world.ask(CONTOSO_ID, &form).unwrap().access_token)
    };
    let user = [("assertion", tc.as_str()), ("requested_token_use", "on_behalf_of")];
    assert_eq!(delegated(ON_BEHALF_OF, &user), Mode::OnBehalfOf);
    let account = [
        ("user_federated_identity_credential", x2.as_str()),
        ("username", "invoice-agent@contoso.example"),
    ];
    assert_eq!(delegated("user_fic", &account), Mode::AgentUser);
}

#[test]
fn no_two_tokens_have_the_same_ids() {
    let mut world = World::new();
    let (one, other) = (claims(&world.invoice_t1()), claims(&world.invoice_t1()));
    for name in ["uti", "rh", "aio", "xms_ftd"] {
        assert_ne!(one[name], other[name], "{name}");
    }
}
