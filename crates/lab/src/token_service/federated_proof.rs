//! Federated credentials: another issuer's token stands for the application's own.

use jsonwebtoken::{Algorithm, DecodingKey, jwk::JwkSet};

use crate::{
    directory::{Application, ApplicationKind, Credential, Federated, IssuerKeys},
    refusal::{Refusal, code},
};

use super::{
    TokenRequest, TokenService,
    assertion::{Assertion, InTime},
    blueprint_proof::expired,
    client::Proof,
    shown,
};

impl TokenService<'_> {
    pub(super) fn federated_proof(
        &self,
        request: &TokenRequest<'_>,
        application: &Application,
        token: &Assertion<'_>,
    ) -> Result<Proof, Refusal> {
        let issuer = token.text("iss").unwrap_or_default();
        let subject = token.text("sub").unwrap_or_default();
        if self.is_own_issuer(issuer) {
            self.check_own_token(token)?;
        }
        let of_issuer: Vec<&Federated> =
            candidates(application).filter(|federated| federated.issuer == issuer).collect();
        if of_issuer.is_empty() {
            return Err(wrong_issuer(issuer));
        }
        let of_subject: Vec<&Federated> =
            of_issuer.iter().copied().filter(|federated| federated.subject == subject).collect();
        if of_subject.is_empty() {
            let nearly = of_issuer.iter().any(|it| it.subject.eq_ignore_ascii_case(subject));
            return Err(if nearly { wrong_subject_case(subject) } else { wrong_subject(subject) });
        }
        let audiences = token.audiences();
        let [audience] = audiences.as_slice() else { return Err(wrong_audience(&audiences)) };
        let Some(federated) = of_subject.iter().find(|it| self.is_for(issuer, it, audience)) else {
            let nearly = of_subject.iter().any(|it| it.audience.eq_ignore_ascii_case(audience));
            return Err(if nearly {
                Refusal::new(code::FEDERATED_AUDIENCE_CASE, no_match("audience", audience))
            } else {
                wrong_audience(&audiences)
            });
        };
        if !self.is_own_issuer(issuer) {
            let algorithm = token.algorithm(&[Algorithm::RS256])?;
            let keys = match &federated.keys {
                IssuerKeys::Given(keys) => keys,
                _ => request.issuer_keys.ok_or_else(|| unreachable_issuer(issuer))?,
            };
            check_signature(keys, algorithm, token)?;
        }
        if token.in_time(self.now) == InTime::No || !token.claims.contains_key("exp") {
            return Err(expired(token, self.now));
        }
        Ok(Proof::Federated)
    }

    /// Whether `audience` is the credential's, exactly. Entra's own tokens name the exchange
    /// resource by its app id, whatever URI the credential has.
    fn is_for(&self, issuer: &str, federated: &Federated, audience: &str) -> bool {
        let by_id = || {
            self.tenant_of_issuer(issuer)
                .and_then(|tenant| self.directory.resource(tenant, &federated.audience))
                .is_some_and(|resource| resource.id == audience)
        };
        federated.audience == audience || by_id()
    }

    /// Entra's own tokens: only a managed identity's, and no token that was itself got with a
    /// federated credential.
    fn check_own_token(&self, token: &Assertion<'_>) -> Result<(), Refusal> {
        if !token.is_signed_by(self.keys) {
            return Err(Refusal::new(
                code::CLIENT_ASSERTION_SIGNATURE,
                "Client assertion failed signature validation.",
            ));
        }
        if token.claims.contains_key("xms_ficinfo") {
            return Err(Refusal::new(
                code::FEDERATED_CHAIN,
                "Assertion is a token issued through a federated identity credential. Tokens \
                 obtained with a federated identity credential may not be used to obtain another.",
            ));
        }
        let actor = token.text("azp").or(token.text("appid")).unwrap_or_default();
        let managed = self
            .directory
            .applications
            .get(actor)
            .is_some_and(|it| matches!(it.kind, ApplicationKind::ManagedIdentity { .. }));
        if managed {
            return Ok(());
        }
        Err(Refusal::new(
            code::FEDERATED_FROM_ENTRA,
            "AAD-issued tokens may not be used for federated identity flows.",
        ))
    }
}

/// The federated credentials of an application.
pub(super) fn candidates(application: &Application) -> impl Iterator<Item = &Federated> {
    application.credentials.iter().filter_map(|credential| match credential {
        Credential::Federated(federated) => Some(federated),
        _ => None,
    })
}

fn check_signature(
    keys: &JwkSet,
    algorithm: Algorithm,
    token: &Assertion<'_>,
) -> Result<(), Refusal> {
    let key_id = token.header("kid").unwrap_or_default();
    let key = keys.find(key_id).ok_or_else(|| {
        Refusal::new(
            code::FEDERATED_KEY,
            format!(
                "Signature validation of the client assertion failed. The key was not found. \
                 Key identifier: '{}'.",
                shown(key_id)
            ),
        )
    })?;
    let valid = DecodingKey::from_jwk(key).is_ok_and(|key| {
        jsonwebtoken::crypto::verify(token.signature, token.message.as_bytes(), &key, algorithm)
            .unwrap_or(false)
    });
    if valid {
        return Ok(());
    }
    Err(Refusal::new(
        code::CLIENT_ASSERTION_SIGNATURE,
        "Client assertion failed signature validation.",
    ))
}

fn unreachable_issuer(issuer: &str) -> Refusal {
    Refusal::new(
        code::FEDERATED_ISSUER_UNREACHABLE,
        format!("Request to External OIDC endpoint failed. Issuer: '{}'.", shown(issuer)),
    )
}

/// No federated credential with this issuer.
pub(super) fn wrong_issuer(issuer: &str) -> Refusal {
    Refusal::new(code::FEDERATED_ISSUER, no_match("issuer", issuer))
}

/// No federated credential with this subject.
pub(super) fn wrong_subject(subject: &str) -> Refusal {
    Refusal::new(code::FEDERATED_SUBJECT, no_match("subject", subject))
}

fn wrong_subject_case(subject: &str) -> Refusal {
    Refusal::new(
        code::FEDERATED_SUBJECT_CASE,
        format!(
            "{} The subject matches with case-insensitive comparison, but not with \
             case-sensitive comparison.",
            no_match("subject", subject)
        ),
    )
}

/// No federated credential with this audience.
pub(super) fn wrong_audience(audiences: &[&str]) -> Refusal {
    Refusal::new(code::FEDERATED_AUDIENCE, no_match("audience", &audiences.join(", ")))
}

fn no_match(what: &str, value: &str) -> String {
    format!(
        "No matching federated identity record found for presented assertion {what} '{}'. Check \
         your federated identity credential Subject, Audience and Issuer against the presented \
         assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
        shown(value)
    )
}
