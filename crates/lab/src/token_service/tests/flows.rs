//! What takes more than one request.

use serde_json::json;

use crate::{
    Form, SignIn,
    settings::{AccessRule, Demand},
    token_service::Approval,
};

use super::world::{
    BLUEPRINT, CONTOSO_ID, DANA, INVOICE, JWT, ON_BEHALF_OF, START, TERMINAL, TOOLS, World, claims,
    header,
};

fn on_behalf_of<'a>(t1: &'a str, tc: &'a str, scope: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("grant_type", ON_BEHALF_OF),
        ("client_id", INVOICE),
        ("client_assertion_type", JWT),
        ("client_assertion", t1),
        ("assertion", tc),
        ("requested_token_use", "on_behalf_of"),
        ("scope", scope),
    ]
}

fn refresh<'a>(t1: &'a str, token: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("grant_type", "refresh_token"),
        ("client_id", INVOICE),
        ("client_assertion_type", JWT),
        ("client_assertion", t1),
        ("refresh_token", token),
    ]
}

#[test]
fn a_refresh_token_of_on_behalf_of_needs_a_fresh_t1_and_rotates() {
    let mut world = World::new();
    let (tc, t1) = (world.tc(), world.invoice_t1());
    let scope = format!("{TOOLS}/tools.read offline_access");
    let first = world.ask(CONTOSO_ID, &on_behalf_of(&t1, &tc, &scope)).unwrap();
    let token = first.refresh_token.unwrap();

    world.now += 2 * 3600;
    let stale = world.ask(CONTOSO_ID, &refresh(&t1, &token)).unwrap_err();
    assert_eq!(stale.code.number, 700_024);

    let t1 = world.invoice_t1();
    let second = world.ask(CONTOSO_ID, &refresh(&t1, &token)).unwrap();
    let claims = claims(&second.access_token);
    assert_eq!((&claims["oid"], &claims["azp"]), (&json!(DANA), &json!(INVOICE)));
    assert_eq!(claims["scp"], "tools.read");
    assert_ne!(second.refresh_token.as_deref(), Some(token.as_str()));

    let report = world.t1(CONTOSO_ID, BLUEPRINT, "lab-blueprint-secret", super::world::REPORT);
    let mut foreign = refresh(&report, &token);
    foreign[1] = ("client_id", super::world::REPORT);
    assert_eq!(world.ask(CONTOSO_ID, &foreign).unwrap_err().code.number, 70000);

    let unknown = world.ask(CONTOSO_ID, &refresh(&t1, "1.AXg")).unwrap_err();
    assert_eq!(unknown.code.number, 70000);

    world.now += 90 * 86_400;
    let t1 = world.invoice_t1();
    let late = world.ask(CONTOSO_ID, &refresh(&t1, &token)).unwrap_err();
    assert_eq!((late.code.number, late.code.suberror), (700_082, Some("bad_token")));
}

#[test]
fn revocation_and_disabling_end_grants() {
    let mut world = World::new();
    let (tc, t1) = (world.tc(), world.invoice_t1());
    let scope = format!("{TOOLS}/tools.read offline_access");
    let token =
        world.ask(CONTOSO_ID, &on_behalf_of(&t1, &tc, &scope)).unwrap().refresh_token.unwrap();
    let dana = |world: &mut World, change: fn(&mut crate::directory::User)| {
        let tenant = world.directory.tenants.get_mut(CONTOSO_ID).unwrap();
        change(tenant.users.get_mut(DANA).unwrap());
    };
    dana(&mut world, |user| user.revoked = START + 1);
    let revoked = world.ask(CONTOSO_ID, &refresh(&t1, &token)).unwrap_err();
    assert_eq!(revoked.code.number, 50173);
    dana(&mut world, |user| user.disabled = true);
    let disabled = world.ask(CONTOSO_ID, &on_behalf_of(&t1, &tc, &scope)).unwrap_err();
    assert_eq!(disabled.code.number, 50057);
    dana(&mut world, |user| user.disabled = false);
    world.ask(CONTOSO_ID, &on_behalf_of(&t1, &tc, &scope)).unwrap();

    world.directory.applications.get_mut(BLUEPRINT).unwrap().disabled = true;
    let disabled = world.ask(CONTOSO_ID, &on_behalf_of(&t1, &tc, &scope)).unwrap_err();
    assert_eq!(disabled.code.number, 7_000_112);
}

fn poll(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", TERMINAL),
        ("device_code", code),
        ("client_info", "1"),
    ]
}

#[test]
fn a_device_code_waits_for_a_person() {
    let mut world = World::new();
    let scope = format!("api://{BLUEPRINT}/access_as_user openid profile offline_access");
    let form: Form = [("client_id", TERMINAL), ("scope", scope.as_str())].into_iter().collect();
    for tenant in [CONTOSO_ID, "organizations"] {
        let asked = world.service().device_code(tenant, &form).unwrap();
        assert_eq!((asked.expires_in, asked.interval, asked.user_code.len()), (900, 5, 9));
        let pending = world.ask(tenant, &poll(&asked.device_code)).unwrap_err();
        assert_eq!((pending.code.number, pending.code.error), (70016, "authorization_pending"));

        let typed = asked.user_code.to_lowercase();
        let shown = world.service().device_request(&typed).unwrap();
        assert_eq!(shown.client, "Terminal client");
        let approval = Approval::Approve { user: "dana@contoso.example".to_owned(), mfa: true };
        assert!(world.service().decide(&typed, &approval).unwrap());
        assert!(!world.service().decide(&typed, &approval).unwrap(), "a decision is one");

        let answer = world.ask(tenant, &poll(&asked.device_code)).unwrap();
        let claims = claims(&answer.access_token);
        assert_eq!((&claims["aud"], &claims["azp"]), (&json!(BLUEPRINT), &json!(TERMINAL)));
        assert_eq!((&claims["azpacr"], &claims["scp"]), (&json!("0"), &json!("access_as_user")));
        assert!(answer.id_token.is_some() && answer.refresh_token.is_some());
        let used = world.ask(tenant, &poll(&asked.device_code)).unwrap_err();
        assert_eq!(used.code.number, 70018);
    }
}

#[test]
fn a_device_code_is_declined_or_runs_out() {
    let mut world = World::new();
    let form: Form = [("client_id", TERMINAL), ("scope", "openid")].into_iter().collect();
    let asked = world.service().device_code(CONTOSO_ID, &form).unwrap();
    assert!(world.service().decide(&asked.user_code, &Approval::Decline).unwrap());
    let declined = world.ask(CONTOSO_ID, &poll(&asked.device_code)).unwrap_err();
    assert_eq!(declined.code.error, "authorization_declined");
    let body = declined.body(START, "t", "c", "h");
    assert!(body.error_codes.is_empty() && body.error_uri.is_none(), "{body:?}");

    let asked = world.service().device_code(CONTOSO_ID, &form).unwrap();
    world.now += 900;
    let expired = world.ask(CONTOSO_ID, &poll(&asked.device_code)).unwrap_err();
    assert_eq!((expired.code.number, expired.code.error), (70019, "expired_token"));
    assert_eq!(world.service().device_request(&asked.user_code), None);
}

fn rule(demand: Demand, people: Option<Vec<String>>, clients: Option<Vec<String>>) -> AccessRule {
    AccessRule {
        id: "33333333-3333-4333-8333-333333333333".to_owned(),
        people,
        clients,
        resources: Some(vec![TOOLS.to_owned()]),
        demand,
    }
}

#[test]
fn conditional_access_demands_what_the_session_lacks() {
    let mut world = World::new();
    let (tc, t1) = (world.tc(), world.invoice_t1());
    let scope = format!("{TOOLS}/.default");
    let set = |world: &mut World, rule: AccessRule| {
        world.directory.tenants.get_mut(CONTOSO_ID).unwrap().rules = vec![rule];
    };
    set(&mut world, rule(Demand::Mfa, Some(vec![DANA.to_owned()]), None));
    let refusal = world.ask(CONTOSO_ID, &on_behalf_of(&t1, &tc, &scope)).unwrap_err();
    assert_eq!((refusal.code.number, refusal.code.error), (50076, "interaction_required"));
    assert_eq!(
        refusal.claims.as_deref(),
        Some(
            r#"{"access_token":{"capolids":{"essential":true,"values":["33333333-3333-4333-8333-333333333333"]}}}"#
        )
    );
    let with_mfa = world
        .service()
        .sign_in(&SignIn {
            tenant: CONTOSO_ID.to_owned(),
            client: TERMINAL.to_owned(),
            user: DANA.to_owned(),
            scope: format!("{BLUEPRINT}/access_as_user"),
            mfa: true,
            contexts: vec!["c1".to_owned()],
        })
        .unwrap()
        .access_token;
    world.ask(CONTOSO_ID, &on_behalf_of(&t1, &with_mfa, &scope)).unwrap();
    let graph = world
        .ask(CONTOSO_ID, &on_behalf_of(&t1, &with_mfa, "https://graph.microsoft.com/.default"));
    assert_eq!(claims(&graph.unwrap().access_token)["amr"], json!(["pwd", "mfa"]));
    let mut stepped: Vec<(&str, &str)> = on_behalf_of(&t1, &with_mfa, &scope).to_vec();
    stepped.push(("claims", r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#));
    let answer = world.ask(CONTOSO_ID, &stepped).unwrap();
    assert_eq!(claims(&answer.access_token)["acrs"], json!(["c1"]));

    for (demand, code) in
        [(Demand::Block, 53003), (Demand::CompliantDevice, 53000), (Demand::MfaEnrolment, 50079)]
    {
        set(&mut world, rule(demand, None, None));
        let refusal = world.ask(CONTOSO_ID, &on_behalf_of(&t1, &with_mfa, &scope)).unwrap_err();
        assert_eq!(refusal.code.number, code);
    }
    let autonomous = [
        ("grant_type", "client_credentials"),
        ("client_id", INVOICE),
        ("client_assertion_type", JWT),
        ("client_assertion", t1.as_str()),
        ("scope", scope.as_str()),
    ];
    world.ask(CONTOSO_ID, &autonomous).unwrap();
    set(&mut world, rule(Demand::Block, None, Some(vec![INVOICE.to_owned()])));
    assert_eq!(world.ask(CONTOSO_ID, &autonomous).unwrap_err().code.number, 53003);
    world.ask(CONTOSO_ID, &on_behalf_of(&t1, &tc, &scope)).unwrap();
}

#[test]
fn lifetimes_are_random_in_their_range_and_long_for_capable_clients() {
    let mut world = World::new();
    let t1 = world.invoice_t1();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let answer = world
            .ask(
                CONTOSO_ID,
                &[
                    ("grant_type", "client_credentials"),
                    ("client_id", INVOICE),
                    ("client_assertion_type", JWT),
                    ("client_assertion", &t1),
                    ("scope", "https://graph.microsoft.com/.default"),
                ],
            )
            .unwrap();
        let claims = claims(&answer.access_token);
        let lifetime = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
        assert!((3600..=5400).contains(&lifetime), "{lifetime}");
        assert_eq!(answer.expires_in, lifetime - 1);
        seen.insert(lifetime);
    }
    assert!(seen.len() > 10);
    let answer = world
        .ask(
            CONTOSO_ID,
            &[
                ("grant_type", "client_credentials"),
                ("client_id", INVOICE),
                ("client_assertion_type", JWT),
                ("client_assertion", &t1),
                ("scope", "https://graph.microsoft.com/.default"),
                ("claims", r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#),
            ],
        )
        .unwrap();
    assert_eq!(answer.expires_in, 28 * 3600 - 1);
    assert_eq!(answer.refresh_in, Some((28 * 3600 - 1) / 2));
}

#[test]
fn agents_inherit_from_their_blueprint_where_it_lets_them() {
    let mut world = World::new();
    let (tc, t1) = (world.tc(), world.invoice_t1());
    let plain = "8b7c6d5e-4f3a-4b2c-9d1e-0f9a8b7c6d5e";
    let scope = format!("{plain}/.default");
    let tenant = world.directory.tenants.get_mut(CONTOSO_ID).unwrap();
    tenant.delegated.push(crate::settings::DelegatedConsent {
        client: BLUEPRINT.to_owned(),
        resource: plain.to_owned(),
        scopes: vec!["plain.read".to_owned()],
        person: None,
    });
    let refusal = world.ask(CONTOSO_ID, &on_behalf_of(&t1, &tc, &scope)).unwrap_err();
    assert_eq!(refusal.code.number, 65001, "a consent of the blueprint alone is not enough");
    world.directory.applications.get_mut(BLUEPRINT).unwrap().inheritable = vec![plain.to_owned()];
    let answer = world.ask(CONTOSO_ID, &on_behalf_of(&t1, &tc, &scope)).unwrap();
    assert_eq!(claims(&answer.access_token)["scp"], "plain.read");
}

#[test]
fn a_resource_may_demand_assignment_of_users_and_clients() {
    let mut world = World::new();
    let (tc, t1) = (world.tc(), world.invoice_t1());
    let scope = format!("{TOOLS}/.default");
    world.directory.applications.get_mut(TOOLS).unwrap().assignment_required = true;
    let refusal = world.ask(CONTOSO_ID, &on_behalf_of(&t1, &tc, &scope)).unwrap_err();
    assert_eq!(refusal.code.number, 50105);
    let tenant = world.directory.tenants.get_mut(CONTOSO_ID).unwrap();
    let roles = vec!["Tools.Invoke".to_owned()];
    tenant.users.get_mut(DANA).unwrap().app_roles.insert(TOOLS.to_owned(), roles);
    tenant.application.clear();
    let answer = world.ask(CONTOSO_ID, &on_behalf_of(&t1, &tc, &scope)).unwrap();
    assert_eq!(claims(&answer.access_token)["roles"], json!(["Tools.Invoke"]));
    let refusal = world
        .ask(
            CONTOSO_ID,
            &[
                ("grant_type", "client_credentials"),
                ("client_id", INVOICE),
                ("client_assertion_type", JWT),
                ("client_assertion", &t1),
                ("scope", &scope),
            ],
        )
        .unwrap_err();
    assert_eq!(refusal.code.number, 501_051);
}

#[test]
fn tampering_changes_what_is_signed() {
    let mut world = World::new();
    let t1 = world.invoice_t1();
    let other = json!({"azp": super::world::REPORT, "xms_act_fct": null});
    let form: Form = [
        ("grant_type", "client_credentials"),
        ("client_id", INVOICE),
        ("client_assertion_type", JWT),
        ("client_assertion", t1.as_str()),
        ("scope", "api://9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d/.default"),
    ]
    .into_iter()
    .collect();
    let request =
        crate::TokenRequest { tenant: CONTOSO_ID, form: &form, address: None, issuer_keys: None };
    let mut service = world.service();
    service.tampering = other.as_object();
    let token = service.token(&request).unwrap().access_token;
    let claims = claims(&token);
    assert_eq!(claims["azp"], super::world::REPORT);
    assert!(!claims.contains_key("xms_act_fct"));
}

#[test]
fn a_nonce_in_the_header_hides_the_signature_from_others() {
    let mut world = World::new();
    let graph = world.directory.applications.get_mut(crate::directory::GRAPH).unwrap();
    graph.header_nonce = true;
    let t1 = world.invoice_t1();
    let token = world
        .ask(
            CONTOSO_ID,
            &[
                ("grant_type", "client_credentials"),
                ("client_id", INVOICE),
                ("client_assertion_type", JWT),
                ("client_assertion", &t1),
                ("scope", "https://graph.microsoft.com/.default"),
            ],
        )
        .unwrap()
        .access_token;
    let kid = header(&token)["kid"].as_str().unwrap().to_owned();
    assert!(header(&token).contains_key("nonce"));
    let (message, signature) = token.rsplit_once('.').unwrap();
    assert_eq!(world.keys.verify(&kid, message, signature), Some(false));
    assert_eq!(world.service().graph_caller(&token).unwrap().client, INVOICE);
}
