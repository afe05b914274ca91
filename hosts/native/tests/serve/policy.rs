//! The policies of a bundle decide who is given which token, before anything is sent.

use std::{fs, path::Path, thread, time::Duration};

use super::world::{DANA, FABRIKAM_ID, INVOICE, REPORT, TOOLS, World, start_with_bundle};

const FINANCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/finance");
const NOBODY: (&str, &str) =
    ("Sidecar__AllowOverrides__GetAuthorizationHeaderUnauthenticated", "true");

fn world() -> World {
    World::of_bundle(&[NOBODY], Path::new(FINANCE))
}

#[test]
fn a_permitted_exchange_names_the_policy_that_permits_it() {
    let world = world();
    // The lab stands in for Entra to the bundle's issuers, too.
    let ready = (0..100).any(|_| {
        thread::sleep(Duration::from_millis(50));
        world.ask_nobody("/readyz").status == 200
    });
    assert!(ready);
    let answer =
        world.ask(&format!("/AuthorizationHeader/tools?AgentIdentity={INVOICE}"), &world.dana());
    let claims = answer.claims();
    assert_eq!((&claims["oid"], &claims["azp"]), (&DANA.into(), &INVOICE.into()));
    let line = world.audit().pop().unwrap();
    assert_eq!((&line["verdict"], &line["policies"][0]), (&"allow".into(), &"for-people".into()));
    let sentence = line["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with(
            "Allowed: agent `invoice-agent`, made by blueprint `finance`, acts for user"
        ) && sentence.ends_with("policy `for-people` permits exchange on downstream API `Tools`."),
        "{sentence}"
    );
    assert!(line["bundle"].as_str().unwrap().starts_with("sha256:"), "{line}");
    assert!(line["identity"]["summary"].as_str().unwrap().contains("`terminal`"), "{line}");
}

#[test]
fn what_no_policy_permits_is_never_asked_for() {
    let world = world();
    let tc = world.dana();
    let before = world.token_requests().len();
    let tools = format!("api://{TOOLS}");
    for (path, reason) in [
        (format!("/AuthorizationHeader/Tools?AgentIdentity={REPORT}"), "no_permit"),
        (format!("/AuthorizationHeader/Nightly?AgentIdentity={REPORT}"), "no_permit"),
        (
            format!(
                "/AuthorizationHeader/Tools?AgentIdentity={INVOICE}\
                 &optionsOverride.Scopes={tools}/tools.write"
            ),
            "no_permit",
        ),
        // The blueprint itself, for the user.
        ("/AuthorizationHeader/Tools".to_owned(), "no_permit"),
    ] {
        let answer = world.ask(&path, &tc);
        assert_eq!(answer.problem(), (403, reason), "{path}: {answer:?}");
        let line = world.audit().pop().unwrap();
        assert_eq!((&line["verdict"], &line["reason"]), (&"deny".into(), &reason.into()), "{path}");
    }
    assert_eq!(world.token_requests().len(), before);
}

#[test]
fn an_agent_alone_is_another_question() {
    let world = world();
    let path = |api| format!("/AuthorizationHeaderUnauthenticated/{api}?AgentIdentity={INVOICE}");
    let claims = world.ask_nobody(&path("Nightly")).claims();
    assert_eq!(claims["idtyp"], "app");
    let answer = world.ask_nobody(&path("Tools"));
    assert_eq!(answer.problem(), (403, "no_permit"), "{answer:?}");
    assert!(answer.body["remedy"].as_str().unwrap().contains("on_behalf_of"), "{answer:?}");
    assert_eq!(answer.body["findings"][0]["policy"], "for-people", "{answer:?}");
}

#[test]
fn a_token_dies_with_the_policy_that_permitted_it() {
    let folder = tempfile::tempdir().unwrap();
    let policies = folder.path().join("policies.cedar");
    for name in ["vicar.yaml", "policies.cedar"] {
        fs::copy(Path::new(FINANCE).join(name), folder.path().join(name)).unwrap();
    }
    let world = World::of_bundle(&[], folder.path());
    let (tc, path) = (world.dana(), format!("/AuthorizationHeader/Tools?AgentIdentity={INVOICE}"));
    world.ask(&path, &tc).claims();
    let good = fs::read_to_string(&policies).unwrap();

    // A change that does not build leaves everything as it was.
    fs::write(&policies, "permit (").unwrap();
    thread::sleep(Duration::from_secs(3));
    world.ask(&path, &tc).claims();

    let forbid = "@id(\"stop\") forbid (principal, action == Action::\"exchange\", resource);";
    fs::write(&policies, format!("{good}\n{forbid}\n")).unwrap();
    let denied = (0..40).any(|_| {
        thread::sleep(Duration::from_millis(250));
        world.ask(&path, &tc).status == 403
    });
    assert!(denied);
    assert_eq!(world.ask(&path, &tc).problem(), (403, "forbidden"));

    let asked = world.token_requests().len();
    fs::write(&policies, good).unwrap();
    let permitted = (0..40).any(|_| {
        thread::sleep(Duration::from_millis(250));
        world.ask(&path, &tc).status == 200
    });
    assert!(permitted);
    // What was kept under another policy is not handed out: it was asked for anew.
    assert!(world.token_requests().len() > asked);
}

#[test]
fn a_bundle_about_another_application_refuses_the_start() {
    for (key, value) in [("AzureAd__TenantId", FABRIKAM_ID), ("AzureAd__ClientId", REPORT)] {
        let refused = start_with_bundle(&[(key, value)], Path::new(FINANCE)).unwrap_err();
        assert_eq!(refused.reason, "configuration_unusable");
        assert!(refused.details.iter().any(|detail| detail.contains(key)), "{refused:?}");
    }
}
