use super::{KeyReport, KeyRing};
use crate::issuer::{Selection, select};
use crate::stand_in::{StandIn, key_set, p256, rsa};
use crate::{Algorithm, Cloud, Header, IssuerRule, TokenError, TrustedIssuer};

const TENANT: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
const ONE: [u8; 4] = [0x81, 0, 0, 1];
const TWO: [u8; 4] = [0x81, 0, 0, 2];

fn issuer(name: &str, rule: IssuerRule, algorithms: &[Algorithm]) -> TrustedIssuer {
    TrustedIssuer {
        name: name.to_owned(),
        issuer: rule,
        algorithms: algorithms.to_vec(),
        audiences: vec!["api".to_owned()],
        single_audience: false,
        clock_skew_seconds: 60,
        max_lifetime_seconds: 3600,
        require_issued_at: false,
    }
}

fn exact(name: &str) -> TrustedIssuer {
    let iss = format!("https://{name}.example");
    issuer(name, IssuerRule::Exact(iss), &[Algorithm::Rs256, Algorithm::Es256])
}

fn entra() -> TrustedIssuer {
    let (cloud, tenants) = (Cloud::Public, vec![TENANT.to_owned()]);
    let rule = IssuerRule::EntraTenants { cloud, tenants, v1: true, v2: true };
    issuer("entra", rule, &[Algorithm::Rs256])
}

/// A ring in which this set is the issuer's.
fn ring(issuer: &TrustedIssuer, keys: &[String]) -> (KeyRing<crate::stand_in::Key>, KeyReport) {
    let mut ring = KeyRing::new();
    let report = ring.replace(issuer, &key_set(keys), &StandIn);
    (ring, report)
}

fn key(id: &str, members: String) -> String {
    format!(r#""kid":"{id}",{members}"#)
}

/// What a token of this issuer with this header finds: `found`, or the reason and the message.
fn found(
    ring: &KeyRing<crate::stand_in::Key>,
    issuer: &TrustedIssuer,
    iss: &str,
    key_id: Option<&str>,
    algorithm: Algorithm,
) -> String {
    let claims = [("iss", iss), ("tid", TENANT), ("sub", "spiffe://prod.example/a")];
    let issuers = std::slice::from_ref(issuer);
    let selection: Selection<'_> = select(issuers, &claims.into_iter().collect()).unwrap();
    let header = Header { key_id: key_id.map(str::to_owned), ..Header::default() };
    match ring.find(&selection, Some(iss), &header, algorithm) {
        Ok(_) => "found".to_owned(),
        Err(error) => format!("{}: {error}", error.reason()),
    }
}

#[test]
fn a_key_is_found_by_id_and_algorithm() {
    let issuer = exact("idp");
    let (ring, _) = ring(&issuer, &[key("a", rsa(ONE)), key("b", p256(TWO))]);
    let find = |id, algorithm| found(&ring, &issuer, "https://idp.example", id, algorithm);
    assert_eq!(find(Some("a"), Algorithm::Rs256), "found");
    assert_eq!(find(Some("b"), Algorithm::Es256), "found");
    assert_eq!(
        find(Some("c"), Algorithm::Rs256),
        "key_unknown: issuer `idp` has no RS256 key with the id `c`; its key ids: `a` and `b`"
    );
    assert_eq!(
        find(Some("a"), Algorithm::Es256),
        "algorithm_not_accepted: the token is signed with ES256; key `a` of issuer `idp` accepts \
         `RS256`"
    );
    assert!(find(Some("A"), Algorithm::Rs256).starts_with("key_unknown"));
    assert!(find(Some(""), Algorithm::Rs256).starts_with("key_unknown"));
}

#[test]
fn without_an_id_the_key_must_be_the_only_one_of_its_algorithm() {
    let issuer = exact("idp");
    let find = |keys: &[String], algorithm| {
        let (ring, _) = ring(&issuer, keys);
        found(&ring, &issuer, "https://idp.example", None, algorithm)
    };
    assert_eq!(find(&[key("a", rsa(ONE)), key("b", p256(TWO))], Algorithm::Rs256), "found");
    assert_eq!(find(&[rsa(ONE)], Algorithm::Rs256), "found");
    assert_eq!(
        find(&[key("a", rsa(ONE)), key("b", rsa(TWO))], Algorithm::Rs256),
        "key_ambiguous: issuer `idp` publishes 2 RS256 keys and the token names none (`kid` is \
         absent), so the one that signed cannot be told"
    );
    assert_eq!(
        find(&[key("b", p256(TWO))], Algorithm::Rs256),
        "key_unknown: issuer `idp` has no RS256 key; its key ids: `b`"
    );
}

#[test]
fn a_spiffe_token_must_name_its_key() {
    let rule = IssuerRule::SpiffeTrustDomain("prod.example".to_owned());
    let issuer = issuer("mesh", rule, &[Algorithm::Es256]);
    let (ring, _) = ring(&issuer, &[key("a", p256(ONE))]);
    let find = |id| found(&ring, &issuer, "spire", id, Algorithm::Es256);
    assert_eq!(find(Some("a")), "found");
    assert!(find(None).starts_with("key_ambiguous: the token names no key"), "{}", find(None));
}

#[test]
fn the_same_id_at_two_issuers_never_mixes() {
    let (one, two) = (exact("one"), exact("two"));
    let (mut ring, _) = ring(&one, &[key("shared", rsa(ONE))]);
    let find = |ring: &KeyRing<_>, issuer: &TrustedIssuer| {
        let iss = format!("https://{}.example", issuer.name);
        found(ring, issuer, &iss, Some("shared"), Algorithm::Rs256)
    };
    assert_eq!(find(&ring, &one), "found");
    assert_eq!(find(&ring, &two), "keys_unavailable: no keys of issuer `two` are loaded");
    ring.replace(&two, &key_set(&[key("other", rsa(TWO))]), &StandIn);
    assert!(find(&ring, &two).starts_with("key_unknown"));
    assert_eq!(ring.key_ids("one"), ["shared"]);
    assert!(ring.remove("one") && !ring.remove("one"));
    assert!(find(&ring, &one).starts_with("keys_unavailable"));
    assert!(ring.contains("two") && !ring.is_empty());
}

#[test]
fn a_set_replaces_the_one_before() {
    let issuer = exact("idp");
    let (mut ring, _) = ring(&issuer, &[key("old", rsa(ONE))]);
    ring.replace(&issuer, &key_set(&[key("new", rsa(TWO))]), &StandIn);
    assert_eq!(ring.key_ids("idp"), ["new"]);
    assert_eq!(ring.len("idp"), 1);
    assert_eq!(format!("{ring:?}"), r#"{"idp": ["new"]}"#);
}

#[test]
fn different_keys_with_one_id_serve_only_where_the_algorithm_tells_them_apart() {
    let issuer = exact("idp");
    let pair = [key("x", rsa(ONE)), key("x", rsa(TWO)), key("x", p256(ONE))];
    let (ring, report) = ring(&issuer, &pair);
    let find = |algorithm| found(&ring, &issuer, "https://idp.example", Some("x"), algorithm);
    assert_eq!(
        find(Algorithm::Rs256),
        "key_ambiguous: issuer `idp` publishes 2 RS256 keys with the id `x`, so the one that \
         signed cannot be told"
    );
    assert_eq!(find(Algorithm::Es256), "found");
    assert_eq!(report.ambiguous, ["x"]);
}

#[test]
fn a_repeated_key_counts_once() {
    let issuer = exact("idp");
    let (ring, report) = ring(&issuer, &[key("x", rsa(ONE)), key("x", rsa(ONE))]);
    assert_eq!(found(&ring, &issuer, "https://idp.example", Some("x"), Algorithm::Rs256), "found");
    assert_eq!(report.skipped[0].why, "it repeats an earlier key of the set");
    assert!(report.ambiguous.is_empty());
}

#[test]
fn the_report_names_every_key() {
    let mut issuer = exact("idp");
    issuer.algorithms = vec![Algorithm::Rs256, Algorithm::Ps256, Algorithm::Rs512];
    let (ring, report) = ring(
        &issuer,
        &[
            key("both", rsa(ONE)),
            key("enc", format!(r#""use":"enc",{}"#, rsa(TWO))),
            key("one", format!(r#""alg":"PS256",{}"#, rsa(TWO))),
            key("curve", p256(ONE)),
            key("bad", rsa([0xba, 0xd0, 0, 0])),
            key("unoffered", format!(r#""alg":"RS512",{}"#, rsa([0x81, 0, 0, 9]))),
        ],
    );
    let used: Vec<_> = report
        .used
        .iter()
        .map(|used| (used.index, used.key_id.as_deref().unwrap(), used.algorithms.as_slice()))
        .collect();
    assert_eq!(
        used,
        [
            (0, "both", &[Algorithm::Ps256, Algorithm::Rs256][..]),
            (2, "one", &[Algorithm::Ps256][..])
        ]
    );
    let skipped: Vec<_> =
        report.skipped.iter().map(|skipped| (skipped.index, skipped.why.as_ref())).collect();
    assert_eq!(
        skipped,
        [
            (1, "it is an encryption key (`use` is `enc`)"),
            (3, "its issuer is not pinned to an algorithm that it can verify"),
            (4, "it is a bad key"),
            (5, "this verifier does not offer its algorithm"),
        ]
    );
    assert_eq!(ring.len("idp"), 3);
    assert_eq!(report.issuer, "idp");
}

#[test]
fn a_keys_issuer_member_is_honoured() {
    let issuer = entra();
    let (v1, v2) = (Cloud::Public.v1_issuer(TENANT), Cloud::Public.v2_issuer(TENANT));
    let with = |member: &str| key("k", format!(r#""issuer":"{member}",{}"#, rsa(ONE)));
    let find = |member: &str, iss: &str| {
        let (ring, _) = ring(&issuer, &[with(member)]);
        found(&ring, &issuer, iss, Some("k"), Algorithm::Rs256)
    };
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    assert_eq!(find(template, &v2), "found");
    assert_eq!(find(template, &v1), "found", "one key signs both versions");
    assert_eq!(find(&v2, &v2), "found");
    assert_eq!(find(&v1, &v1), "found");
    assert!(find(&v1, &v2).starts_with("key_issuer_mismatch"));
    let consumer = Cloud::Public.v2_issuer("9188040d-6c67-4c5b-b112-36a304b66dad");
    assert_eq!(
        find(&consumer, &v2),
        format!(
            "key_issuer_mismatch: the key `k` is published for issuer `{consumer}`, the token is \
             from `{v2}`"
        )
    );
    let other_cloud = "https://login.microsoftonline.us/{tenantid}/v2.0";
    assert!(find(other_cloud, &v1).starts_with("key_issuer_mismatch"));
}

#[test]
fn keys_of_one_id_for_two_issuers_serve_each_its_own() {
    let issuer = entra();
    let v2 = Cloud::Public.v2_issuer(TENANT);
    let consumer = Cloud::Public.v2_issuer("9188040d-6c67-4c5b-b112-36a304b66dad");
    let with = |member: &str, mark| key("k", format!(r#""issuer":"{member}",{}"#, rsa(mark)));
    let (ring, report) = ring(&issuer, &[with(&v2, ONE), with(&consumer, TWO)]);
    assert_eq!(found(&ring, &issuer, &v2, Some("k"), Algorithm::Rs256), "found");
    assert!(report.ambiguous.is_empty());
}

#[test]
fn an_unknown_issuer_has_no_keys() {
    let ring: KeyRing<()> = KeyRing::default();
    assert!(ring.is_empty());
    assert_eq!(ring.len("nobody"), 0);
    assert!(ring.key_ids("nobody").is_empty());
    let error = TokenError::KeysUnavailable { issuer: "nobody".to_owned() };
    assert_eq!(error.reason().status, 503);
}
