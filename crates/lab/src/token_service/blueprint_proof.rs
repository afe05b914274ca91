//! T1: an agent identity proves itself by a token that its blueprint got for it.

use crate::{
    directory::{Application, TOKEN_EXCHANGE, Tenant},
    guid,
    refusal::{Refusal, code},
};

use super::{
    TokenService,
    assertion::{Assertion, InTime},
    client::Proof,
    federated_proof::{wrong_audience, wrong_issuer, wrong_subject},
};

impl TokenService<'_> {
    pub(super) fn blueprint_proof(
        &self,
        tenant: &Tenant,
        agent: &Application,
        token: &Assertion<'_>,
    ) -> Result<Proof, Refusal> {
        let issuer = token.text("iss").unwrap_or_default();
        match self.tenant_of_issuer(issuer) {
            Some(of) if of.id == tenant.id => {}
            _ => return Err(wrong_issuer(issuer)),
        }
        if !token.is_signed_by(self.keys) {
            return Err(Refusal::new(
                code::CLIENT_ASSERTION_SIGNATURE,
                "Client assertion failed signature validation.",
            ));
        }
        let audiences = token.audiences();
        if audiences != [TOKEN_EXCHANGE] {
            return Err(wrong_audience(&audiences));
        }
        let subject = token.text("sub").unwrap_or_default();
        let blueprint = agent.blueprint().unwrap_or_default();
        let wanted = self.exchange_subject(tenant, blueprint, &agent.id);
        if wanted.is_none_or(|wanted| wanted != subject) {
            return Err(wrong_subject(subject));
        }
        if token.in_time(self.now) == InTime::No {
            return Err(expired(token, self.now));
        }
        Ok(Proof::Blueprint)
    }

    /// The subject of T1, `/eid1/…`; `None` when an id is no GUID.
    pub(super) fn exchange_subject(
        &self,
        tenant: &Tenant,
        blueprint: &str,
        path: &str,
    ) -> Option<String> {
        let encode = |id: &str| {
            guid::to_little_endian(id).map(|bytes| vicar_token::base64url::encode(&bytes))
        };
        Some(format!(
            "/eid1/c/{}/t/{}/a/{}/{path}",
            self.authority.cloud,
            encode(&tenant.id)?,
            encode(blueprint)?
        ))
    }
}

/// A client assertion out of its time.
pub(super) fn expired(token: &Assertion<'_>, now: u64) -> Refusal {
    Refusal::new(
        code::CLIENT_ASSERTION_EXPIRED,
        format!("Client assertion is not within its valid time range. {}", token.range(now)),
    )
}
