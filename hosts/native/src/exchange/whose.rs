//! Whom a token speaks of, in short.

use serde::{Deserialize, Serialize};
use vicar_identity::Identity;

use super::CheckedIdentity;

/// Whom a token speaks of, for the audit line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Whose {
    /// In words.
    pub summary: String,
    /// How the actor acts, for example `on_behalf_of`.
    pub mode: String,
    /// On whose behalf.
    pub subject: Party,
    /// Who acts.
    pub actor: Party,
    /// App id of the blueprint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blueprint: Option<String>,
    /// The tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The token's own id (`uti` or `jti`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Party {
    /// For example `agent` or `user`.
    pub kind: String,
    /// Its id in the realm.
    pub id: String,
    /// The tenant.
    pub realm: String,
}

/// What is read of an identity that an engine wrote.
#[derive(Deserialize)]
struct Written {
    mode: String,
    subject: Party,
    actor: Party,
    blueprint: Option<Named>,
    tenant: Option<Named>,
    token: Facts,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Facts {
    id: Option<String>,
}

impl Whose {
    /// Of a token that an exchange has checked; `None` when the engine wrote something else than
    /// an identity.
    pub fn read(identity: &CheckedIdentity) -> Option<Self> {
        let Written { mode, subject, actor, blueprint, tenant, token } =
            serde_json::from_str(&identity.json).ok()?;
        let id = |named: Named| named.id;
        Some(Self {
            summary: identity.summary.clone(),
            mode,
            subject,
            actor,
            blueprint: blueprint.map(id),
            tenant: tenant.map(id),
            token: token.id,
        })
    }
}

impl From<&Identity> for Whose {
    fn from(identity: &Identity) -> Self {
        let party = |principal: &vicar_identity::Principal| Party {
            kind: principal.kind.name().to_owned(),
            id: principal.id.clone(),
            realm: principal.realm.clone(),
        };
        Self {
            summary: identity.to_string(),
            mode: identity.mode.name().to_owned(),
            subject: party(&identity.subject),
            actor: party(&identity.actor),
            blueprint: identity.blueprint.as_ref().map(|blueprint| blueprint.id.clone()),
            tenant: identity.tenant.as_ref().map(|tenant| tenant.id.clone()),
            token: identity.token.id.clone(),
        }
    }
}
