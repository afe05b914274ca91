use super::*;
use crate::finding::Outcome;

const NOW: u64 = 1_790_000_600;
const AUDIENCE: &str = "api://AzureADTokenExchange";

fn facts() -> TokenFacts {
    TokenFacts {
        issuer: Some("https://oidc.contoso.example/cluster-1".to_owned()),
        subject: Some("system:serviceaccount:agents:invoice-agent".to_owned()),
        audiences: vec![AUDIENCE.to_owned()],
        issued_at: Some(NOW - 600),
        not_before: Some(NOW - 600),
        expires_at: Some(NOW + 3000),
        algorithm: "RS256".to_owned(),
        key_id: Some("a".to_owned()),
        from_federation: false,
    }
}

fn credential() -> FederatedCredential {
    FederatedCredential {
        issuer: facts().issuer,
        subject: facts().subject,
        audience: Some(AUDIENCE.to_owned()),
    }
}

/// Outcome and reason of one check.
#[track_caller]
fn found(facts: &TokenFacts, check: &str) -> (Outcome, Option<String>, String) {
    let findings = super::check(facts, Some(&credential()), AUDIENCE, NOW);
    let finding = findings.into_iter().find(|finding| finding.check == check).unwrap();
    if finding.outcome != Outcome::Ok {
        assert!(finding.remedy.as_ref().is_some_and(|remedy| !remedy.is_empty()), "{finding:?}");
    }
    (finding.outcome, finding.reason.map(String::from), finding.seen)
}

#[test]
fn a_good_token_passes_every_check() {
    for finding in check(&facts(), Some(&credential()), AUDIENCE, NOW) {
        assert_eq!(finding.outcome, Outcome::Ok, "{finding:?}");
    }
}

#[test]
fn times_are_judged_as_the_kubelet_renews() {
    let at = |issued: u64, end: Option<u64>, not_before: u64| {
        let facts = TokenFacts {
            issued_at: Some(issued),
            not_before: Some(not_before),
            expires_at: end,
            ..facts()
        };
        let (outcome, reason, _) = found(&facts, TOKEN_TIME);
        (outcome, reason.unwrap_or_default())
    };
    let ok = (Outcome::Ok, String::new());
    let failed = |reason: &str| (Outcome::Failed, reason.to_owned());
    let stale = (Outcome::Warning, "token_file_stale".to_owned());
    for (issued, end, not_before, wanted) in [
        (NOW - 600, Some(NOW + 3000), NOW - 600, ok.clone()),
        (NOW - 2900, Some(NOW + 700), NOW - 2900, ok.clone()),
        (NOW - 3400, Some(NOW + 200), NOW - 3400, stale.clone()),
        // Ten minutes, the shortest there is: the kubelet may be two minutes late.
        (NOW - 590, Some(NOW + 10), NOW - 590, ok.clone()),
        // A year: renewed after a day.
        (NOW - 90_000, Some(NOW + 31_000_000), NOW - 90_000, ok),
        (NOW - 4_000_000, Some(NOW + 31_000_000), NOW - 4_000_000, stale),
        (NOW - 3600, Some(NOW), NOW - 3600, failed("token_file_expired")),
        (NOW + 600, Some(NOW + 4000), NOW + 600, failed("token_file_expired")),
        (NOW - 600, None, NOW - 600, failed("token_lifetime_unbounded")),
    ] {
        assert_eq!(at(issued, end, not_before), wanted, "{issued} {end:?}");
    }
}

#[test]
fn the_issuer_is_the_credentials_letter_for_letter() {
    for (issuer, reason, told) in [
        ("https://oidc.contoso.example/cluster-1/", "federated_issuer_differs", "closing slash"),
        ("https://oidc.contoso.example/Cluster-1", "federated_issuer_differs", "letter case"),
        ("https://oidc.contoso.example/cluster-2", "federated_issuer_differs", "cluster-2"),
        ("http://oidc.contoso.example/cluster-1", "issuer_unsuitable", "not an https address"),
        ("https://kubernetes.default.svc.cluster.local", "issuer_internal", "only the cluster"),
        ("https://kubernetes.default.svc", "issuer_internal", "only the cluster"),
        ("kubernetes/serviceaccount", "issuer_unsuitable", "no scheme"),
    ] {
        let facts = TokenFacts { issuer: Some(issuer.to_owned()), ..facts() };
        let (outcome, seen_reason, seen) = found(&facts, TOKEN_ISSUER);
        assert_eq!((outcome, seen_reason.as_deref()), (Outcome::Failed, Some(reason)), "{issuer}");
        assert!(seen.contains(told), "{seen}");
    }
    let absent = TokenFacts { issuer: None, ..facts() };
    assert_eq!(found(&absent, TOKEN_ISSUER).1.as_deref(), Some("issuer_unsuitable"));
}

#[test]
fn the_subject_is_the_credentials_letter_for_letter() {
    for (subject, told) in [
        ("system:serviceaccount:Agents:invoice-agent", "only letter case differs"),
        ("system:serviceaccount:default:invoice-agent", "another namespace's"),
        ("system:serviceaccount:agents:default", "another service account of the same namespace"),
        ("system:serviceaccount:agents:invoice-agent ", "white space"),
        ("system:serviceaccounts:agents:invoice-agent", "`sub` is"),
    ] {
        let facts = TokenFacts { subject: Some(subject.to_owned()), ..facts() };
        let (outcome, reason, seen) = found(&facts, TOKEN_SUBJECT);
        assert_eq!(outcome, Outcome::Failed, "{subject}");
        assert_eq!(reason.as_deref(), Some("federated_subject_differs"));
        assert!(seen.contains(told), "{seen}");
    }
}

#[test]
fn one_audience_and_no_other() {
    for (audiences, told) in [
        (vec!["https://kubernetes.default.svc"], "`https://kubernetes.default.svc`"),
        (vec!["api://azureadtokenexchange"], "only letter case differs"),
        (vec![AUDIENCE, "https://kubernetes.default.svc"], "one audience is wanted"),
        (vec![], "has none"),
    ] {
        let audiences = audiences.into_iter().map(str::to_owned).collect();
        let facts = TokenFacts { audiences, ..facts() };
        let (outcome, reason, seen) = found(&facts, TOKEN_AUDIENCE);
        assert_eq!(outcome, Outcome::Failed);
        assert_eq!(reason.as_deref(), Some("federated_audience_differs"));
        assert!(seen.contains(told), "{seen}");
    }
}

#[test]
fn chains_and_other_algorithms_are_found() {
    let chained = TokenFacts { from_federation: true, ..facts() };
    assert_eq!(found(&chained, TOKEN_ORIGIN).1.as_deref(), Some("chained_federation"));
    let elliptic = TokenFacts { algorithm: "ES256".to_owned(), ..facts() };
    assert_eq!(found(&elliptic, TOKEN_ALGORITHM).1.as_deref(), Some("token_algorithm_unsuitable"));
}

#[test]
fn without_a_credential_the_values_to_enter_are_told() {
    let findings = check(&facts(), None, AUDIENCE, NOW);
    let last = findings.last().unwrap();
    assert_eq!(last.outcome, Outcome::NotChecked);
    let wanted = last.wanted.as_ref().unwrap();
    for value in ["https://oidc.contoso.example/cluster-1", "agents:invoice-agent", AUDIENCE] {
        assert!(wanted.contains(value), "{wanted}");
    }
    assert!(findings.iter().all(|finding| finding.outcome != Outcome::Failed), "{findings:?}");
}

#[test]
fn marks_of_federation_are_read_from_the_claims() {
    let read = |claims: &str| {
        let claims =
            vicar_token::Object::parse(claims.as_bytes(), &vicar_token::json::Limits::TOKEN)
                .unwrap();
        TokenFacts::read(&vicar_token::Header::default(), &claims)
    };
    assert!(read(r#"{"xms_ficinfo":"CAAQ"}"#).unwrap().from_federation);
    assert!(read(r#"{"xms_idrel":"8 33"}"#).unwrap().from_federation);
    assert!(!read(r#"{"xms_idrel":"7 133"}"#).unwrap().from_federation);
    assert_eq!(read(r#"{"aud":"x","exp":5}"#).unwrap().audiences, ["x"]);
    assert!(read(r#"{"exp":"5"}"#).is_err());
    assert!(read(r#"{"aud":[1]}"#).is_err());
}
