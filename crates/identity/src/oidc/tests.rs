use vicar_token::{Object, json::Limits};

use crate::{
    Directory, Facts, Identity, IdentityError, Mode, Profile, identify, profile::OidcProfile,
};

fn read(profile: OidcProfile, claims: &str) -> Result<Identity, IdentityError> {
    let claims = Object::parse(claims.as_bytes(), &Limits::TOKEN).unwrap();
    let facts = Facts { header_type: None, claims: &claims, issuer_name: "idp", tenant: None };
    identify(&facts, &Profile::Oidc(profile), &Directory::default())
}

fn list(set: &std::collections::BTreeSet<String>) -> Vec<&str> {
    set.iter().map(String::as_str).collect()
}

#[test]
fn keycloak_user_and_service_account() {
    let user = read(
        OidcProfile::keycloak("tools.api"),
        r#"{"iss": "https://kc.example/realms/x", "sub": "u-1", "azp": "cli", "typ": "Bearer",
            "scope": "openid  profile", "preferred_username": "dana",
            "realm_access": {"roles": ["staff"]},
            "resource_access": {"tools.api": {"roles": ["caller"]}, "other": {"roles": ["no"]}}}"#,
    )
    .unwrap();
    assert_eq!(user.mode, Mode::User);
    assert_eq!((&*user.subject.id, &*user.actor.id), ("u-1", "cli"));
    assert_eq!(list(&user.roles), ["caller", "staff"]);
    assert_eq!(list(&user.scopes), ["openid", "profile"]);
    assert_eq!(user.subject.display.as_deref(), Some("dana"));

    let service = read(
        OidcProfile::keycloak("tools.api"),
        r#"{"iss": "https://kc.example/realms/x", "sub": "sa-1", "azp": "batch",
            "client_id": "batch", "scope": "tools"}"#,
    )
    .unwrap();
    assert_eq!(service.mode, Mode::App);
    assert_eq!(service.subject.id, "batch");
}

#[test]
fn okta_user_and_machine() {
    let user = read(
        OidcProfile::okta(),
        r#"{"ver": 1, "iss": "https://x.okta.example", "cid": "0oa1", "uid": "00u1",
            "sub": "dana@contoso.example", "scp": ["tools.read", "tools.call"]}"#,
    )
    .unwrap();
    assert_eq!(user.mode, Mode::User);
    assert_eq!((&*user.subject.id, &*user.actor.id), ("00u1", "0oa1"));
    assert_eq!(list(&user.scopes), ["tools.call", "tools.read"]);

    let machine = read(
        OidcProfile::okta(),
        r#"{"ver": 1, "iss": "https://x.okta.example", "cid": "0oa1", "sub": "0oa1",
            "scp": ["tools.read"]}"#,
    )
    .unwrap();
    assert_eq!(machine.mode, Mode::App);
}

#[test]
fn auth0_user_machine_and_agent() {
    let user = read(
        OidcProfile::auth0(),
        r#"{"iss": "https://x.auth0.example/", "sub": "auth0|1", "azp": "spa", "scope": "read",
            "permissions": ["read:tools"], "org_id": "org_1"}"#,
    )
    .unwrap();
    assert_eq!(user.mode, Mode::User);
    assert_eq!(list(&user.roles), ["read:tools"]);
    assert_eq!(user.tenant.map(|tenant| tenant.id).as_deref(), Some("org_1"));

    let machine = read(
        OidcProfile::auth0(),
        r#"{"iss": "https://x.auth0.example/", "sub": "m2m@clients", "azp": "m2m",
            "gty": "client-credentials", "scope": "read"}"#,
    )
    .unwrap();
    assert_eq!(machine.mode, Mode::App);
    assert_eq!(machine.subject.id, "m2m");

    let delegated = read(
        OidcProfile::auth0(),
        r#"{"iss": "https://x.auth0.example/", "sub": "auth0|1", "azp": "spa", "scope": "read",
            "act": {"sub": "agent", "act": {"sub": "planner"}}}"#,
    )
    .unwrap();
    assert_eq!(delegated.actor.id, "agent");
    assert_eq!(delegated.prior_actors.len(), 1);
}

#[test]
fn what_is_missing_is_named_by_its_paths() {
    let error = read(OidcProfile::okta(), r#"{"cid": "0oa1", "scp": ["x"]}"#).unwrap_err();
    assert_eq!(error.to_string(), "the token does not say whom it speaks of: no `uid` or `sub`");
    let error = read(OidcProfile::okta(), r#"{"sub": "dana", "scp": ["x"]}"#).unwrap_err();
    assert_eq!(error.to_string(), "the token does not say who acts: no `cid`");
}

#[test]
fn a_claim_of_another_type_is_refused_and_not_passed_over() {
    for claims in [
        r#"{"uid": 5, "sub": "dana", "cid": "c", "scp": ["x"]}"#,
        r#"{"uid": "u", "cid": ["c"], "scp": ["x"]}"#,
        r#"{"uid": "u", "cid": "c", "scp": [5]}"#,
        r#"{"uid": "u", "cid": "c", "scp": {}}"#,
        r#"{"uid": "u", "cid": "c", "scp": ["x"], "groups": "all"}"#,
        r#"{"uid": "u", "cid": "c", "scp": ["x"], "groups": [""]}"#,
        r#"{"uid": " u", "cid": "c", "scp": ["x"]}"#,
        r#"{"uid": "", "cid": "c", "scp": ["x"]}"#,
        r#"{"uid": "u\n", "cid": "c", "scp": ["x"]}"#,
    ] {
        let error = read(OidcProfile::okta(), claims).unwrap_err();
        assert_eq!(error.reason().code, "claim_malformed", "{claims}");
    }
}

#[test]
fn a_path_that_is_not_well_formed_is_a_failed_mapping() {
    let profile = OidcProfile { subject: vec!["a..b".to_owned()], ..OidcProfile::okta() };
    let error = read(profile, r#"{"cid": "c", "scp": ["x"]}"#).unwrap_err();
    assert_eq!(error.reason().code, "mapping_failed");
}
