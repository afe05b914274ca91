//! Whether a token can stand for the blueprint: its own form, and the federated credential's
//! values, which are compared letter for letter.

use vicar_token::{
    Algorithm, UnixSeconds,
    issuer::EntraIssuer,
    quote::{AllOf, Quoted},
};

use super::{
    federated_credential::{FederatedCredential, told},
    token_facts::TokenFacts,
};
use crate::{
    cli::time::{duration, in_words, relative},
    finding::{Finding, reason},
    oidc::{Issuer, Reach, difference},
};

pub(super) const TOKEN_TIME: &str = "token_time";
pub(super) const TOKEN_ALGORITHM: &str = "token_algorithm";
pub(super) const TOKEN_ISSUER: &str = "token_issuer";
pub(super) const TOKEN_SUBJECT: &str = "token_subject";
pub(super) const TOKEN_AUDIENCE: &str = "token_audience";
pub(super) const TOKEN_ORIGIN: &str = "token_origin";
pub(super) const FEDERATED_CREDENTIAL: &str = "federated_credential";

/// Everything that the token alone tells. `audience` is the cloud's exchange audience.
pub(super) fn check(
    facts: &TokenFacts,
    wanted: Option<&FederatedCredential>,
    audience: &str,
    now: UnixSeconds,
) -> Vec<Finding> {
    let unknown = FederatedCredential::default();
    let known = wanted.unwrap_or(&unknown);
    vec![
        time(facts, now),
        algorithm(facts),
        issuer(facts, known.issuer.as_deref()),
        subject(facts, known.subject.as_deref()),
        self::audience(facts, known.audience.as_deref().unwrap_or(audience)),
        origin(facts),
        compared(facts, known, audience),
    ]
}

fn time(facts: &TokenFacts, now: UnixSeconds) -> Finding {
    let Some(end) = facts.expires_at else {
        return Finding::failed(
            TOKEN_TIME,
            reason::TOKEN_LIFETIME_UNBOUNDED,
            "the token has no `exp`",
            "a projected token, which ends and is renewed",
            "mount a projected volume with `serviceAccountToken`, not a Secret's token",
        );
    };
    let ends = format!("the token ends {} ({})", in_words(end), relative(end, now));
    if end <= now {
        return Finding::failed(
            TOKEN_TIME,
            reason::TOKEN_FILE_EXPIRED,
            ends,
            "a token that is good now",
            "see why the kubelet does not renew the file (a `subPath` mount never is), and compare \
             the clocks",
        );
    }
    if let Some(begin) = facts.not_before.filter(|begin| *begin > now.saturating_add(SKEW)) {
        return Finding::failed(
            TOKEN_TIME,
            reason::TOKEN_FILE_EXPIRED,
            format!("the token begins {} ({})", in_words(begin), relative(begin, now)),
            "a token that is good now",
            "compare the clocks of this machine and the API server's",
        );
    }
    let Some(issued) = facts.issued_at else { return Finding::ok(TOKEN_TIME, ends) };
    let (lifetime, age) = (end.saturating_sub(issued), now.saturating_sub(issued));
    let renewal = (lifetime / 10 * 8).min(LONGEST_UNRENEWED);
    if age > renewal.saturating_add((lifetime / 10).max(GRACE)) {
        return Finding::warning(
            TOKEN_TIME,
            reason::TOKEN_FILE_STALE,
            format!("{ends}; it is {} old and was not renewed", duration(age)),
            format!("a new one after {}, as the kubelet does it", duration(renewal)),
            "mount the volume without `subPath`; see the kubelet's log",
        );
    }
    Finding::ok(TOKEN_TIME, ends)
}

fn algorithm(facts: &TokenFacts) -> Finding {
    let seen = format!("the token is signed with {}", Quoted(&facts.algorithm));
    if facts.algorithm == Algorithm::Rs256.name() {
        return Finding::ok(TOKEN_ALGORITHM, seen);
    }
    Finding::failed(
        TOKEN_ALGORITHM,
        reason::TOKEN_ALGORITHM_UNSUITABLE,
        seen,
        "`RS256`, the only algorithm that Entra takes for federation",
        "have the issuer sign with an RSA key (`--service-account-signing-key-file` of the API \
         server)",
    )
}

fn issuer(facts: &TokenFacts, wanted: Option<&str>) -> Finding {
    let should = wanted.map_or_else(
        || "the federated credential's issuer, an https address on the internet".to_owned(),
        |wanted| format!("{}, letter for letter", Quoted(wanted)),
    );
    let Some(seen) = facts.issuer.as_deref() else {
        let seen = "the token has no `iss`";
        return Finding::failed(TOKEN_ISSUER, reason::ISSUER_UNSUITABLE, seen, should, SET_ISSUER);
    };
    let issuer = match Issuer::parse(seen) {
        Ok(issuer) => issuer,
        Err(error) => {
            let seen = format!("the token's `iss` is no issuer that can be asked: {error}");
            let reason = reason::ISSUER_UNSUITABLE;
            return Finding::failed(TOKEN_ISSUER, reason, seen, should, SET_ISSUER);
        }
    };
    if issuer.reach() == Reach::Cluster {
        let seen = format!("`iss` is {}, a name that only the cluster knows", Quoted(seen));
        return Finding::failed(TOKEN_ISSUER, reason::ISSUER_INTERNAL, seen, should, SET_ISSUER);
    }
    if let Some(wanted) = wanted.filter(|wanted| *wanted != seen) {
        return Finding::failed(
            TOKEN_ISSUER,
            reason::FEDERATED_ISSUER_DIFFERS,
            told("iss", seen, difference(seen, wanted)),
            should,
            "write the token's `iss` into the federated credential as it stands",
        );
    }
    if issuer.reach() == Reach::Nearby {
        return Finding::warning(
            TOKEN_ISSUER,
            reason::ISSUER_INTERNAL,
            format!("`iss` is {}, a name that the internet does not know", Quoted(seen)),
            "an address that Entra can fetch from",
            SET_ISSUER,
        );
    }
    Finding::ok(TOKEN_ISSUER, format!("`iss` is {}", Quoted(seen)))
}

fn subject(facts: &TokenFacts, wanted: Option<&str>) -> Finding {
    let should = wanted.map_or_else(
        || "`system:serviceaccount:<namespace>:<name>`".to_owned(),
        |wanted| format!("{}, letter for letter", Quoted(wanted)),
    );
    let seen = facts.subject.as_deref().unwrap_or_default();
    match wanted {
        Some(wanted) if wanted == seen => {}
        Some(wanted) => {
            return Finding::failed(
                TOKEN_SUBJECT,
                reason::FEDERATED_SUBJECT_DIFFERS,
                told("sub", seen, subject_difference(seen, wanted)),
                should,
                "write the token's `sub` into the federated credential as it stands, or run the \
                 pod as the service account that it names",
            );
        }
        None if account(seen).is_none() => {
            return Finding::warning(
                TOKEN_SUBJECT,
                reason::TOKEN_SUBJECT_UNSUITABLE,
                told("sub", seen, None),
                should,
                "give the file of the pod's projected token; for another issuer's token, name the \
                 federated credential's subject with `--subject`",
            );
        }
        None => {}
    }
    Finding::ok(TOKEN_SUBJECT, format!("`sub` is {}", Quoted(seen)))
}

fn audience(facts: &TokenFacts, wanted: &str) -> Finding {
    let nearly = match facts.audiences.as_slice() {
        [one] if one == wanted => {
            return Finding::ok(TOKEN_AUDIENCE, format!("`aud` is {}", Quoted(one)));
        }
        [one] => difference(one, wanted),
        [] => Some("the token has none"),
        _ => Some("one audience is wanted, and no other"),
    };
    let nearly = nearly.map(|nearly| format!(" ({nearly})")).unwrap_or_default();
    Finding::failed(
        TOKEN_AUDIENCE,
        reason::FEDERATED_AUDIENCE_DIFFERS,
        format!("`aud` is {}{nearly}", AllOf(&facts.audiences)),
        format!("{} alone, letter for letter", Quoted(wanted)),
        format!("project the token with `audience: {wanted}`, into a volume of its own"),
    )
}

fn origin(facts: &TokenFacts) -> Finding {
    let entra = facts.issuer.as_deref().is_some_and(|issuer| EntraIssuer::parse(issuer).is_some());
    if facts.from_federation {
        return Finding::failed(
            TOKEN_ORIGIN,
            reason::CHAINED_FEDERATION,
            "the token was itself obtained with a federated credential",
            "a token of the cluster's own: Entra refuses a chain (AADSTS700231)",
            "trust the service account on the blueprint itself, without a managed identity between",
        );
    }
    let seen =
        if entra { "a token of Entra's for a managed identity" } else { "not Entra's token" };
    Finding::ok(TOKEN_ORIGIN, seen)
}

/// Whether there was anything to compare with.
fn compared(facts: &TokenFacts, known: &FederatedCredential, audience: &str) -> Finding {
    let same = |wanted: &Option<String>, seen: &Option<String>| {
        wanted.as_ref().is_none_or(|wanted| Some(wanted) == seen.as_ref())
    };
    if known.issuer.is_none() || known.subject.is_none() {
        let text =
            |claim: &Option<String>| Quoted(claim.as_deref().unwrap_or_default()).to_string();
        let missing = Finding::not_checked(
            FEDERATED_CREDENTIAL,
            reason::FEDERATED_CREDENTIAL_UNNAMED,
            "issuer and subject of the federated credential were not both given",
            "name them with `--federated-credential FILE`, or `--issuer` and `--subject`",
        );
        return Finding {
            wanted: Some(format!(
                "a federated credential of the blueprint with issuer {}, subject {}, audience {}",
                text(&facts.issuer),
                text(&facts.subject),
                Quoted(audience),
            )),
            ..missing
        };
    }
    if same(&known.issuer, &facts.issuer) && same(&known.subject, &facts.subject) {
        let seen = "the token has the federated credential's issuer and subject";
        return Finding::ok(FEDERATED_CREDENTIAL, seen);
    }
    Finding::not_checked(
        FEDERATED_CREDENTIAL,
        reason::PREREQUISITE_FAILED,
        "the token does not fit the federated credential",
        "see `token_issuer` and `token_subject`",
    )
}

/// Namespace and name of a service account.
fn account(subject: &str) -> Option<(&str, &str)> {
    let (namespace, name) = subject.strip_prefix("system:serviceaccount:")?.split_once(':')?;
    let good = !namespace.is_empty() && !name.is_empty() && !name.contains(':');
    good.then_some((namespace, name))
}

fn subject_difference(seen: &str, wanted: &str) -> Option<&'static str> {
    difference(seen, wanted).or_else(|| match (account(seen), account(wanted)) {
        (Some((one, a)), Some((other, b))) if a == b && one != other => {
            Some("another namespace's service account of the same name")
        }
        (Some((one, _)), Some((other, _))) if one == other => {
            Some("another service account of the same namespace")
        }
        (Some(_), None) => Some("the wanted one is no service account's"),
        _ => None,
    })
}

const SET_ISSUER: &str = "start the API server with `--service-account-issuer` of a public https \
                          address and host its documents there (`vicar oidc publish`)";

/// What the kubelet is late at most, beside a tenth of the lifetime.
const GRACE: u64 = 120;

/// The kubelet renews after a day whatever the lifetime is.
const LONGEST_UNRENEWED: u64 = 24 * 3600;

/// Clocks differ by this much without harm.
const SKEW: u64 = 60;

#[cfg(test)]
mod tests;
