//! The claims that mark agents: facets, relation to the tenant, parent blueprint.

use vicar_token::Object;

use crate::{
    IdentityError, claims,
    facets::{AGENT, AGENT_USER, FacetError, Facets},
    idrel::{Relation, relations},
};

/// The claims that tell agents, their user accounts and people apart. A custom API gets them only
/// when its registration asks for them.
pub const FACET_CLAIMS: [&str; 2] = ["xms_act_fct", "xms_sub_fct"];

/// What the marks say; an absent claim says nothing, neither yes nor no.
pub(super) struct Marks {
    actor: Option<Facets>,
    subject: Option<Facets>,
    /// `xms_idrel`: the documented relations.
    pub(super) relations: Vec<&'static Relation>,
    /// `xms_par_app_azp`.
    pub(super) parent: Option<String>,
}

impl Marks {
    /// Whether the actor is an agent identity; `None` when nothing says so or the contrary.
    pub(super) fn actor_is_agent(&self) -> Option<bool> {
        self.actor.as_ref().map(|facets| facets.contains(AGENT))
    }

    /// Whether the subject is an agent identity.
    pub(super) fn subject_is_agent(&self) -> Option<bool> {
        self.subject.as_ref().map(|facets| facets.contains(AGENT))
    }

    /// Whether the subject is an agent's user account.
    pub(super) fn subject_is_agent_user(&self) -> Option<bool> {
        self.subject.as_ref().map(|facets| facets.contains(AGENT_USER))
    }

    /// Those of [`FACET_CLAIMS`] that are missing.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let present = [self.actor.is_some(), self.subject.is_some()];
        let claims = FACET_CLAIMS.into_iter().zip(present);
        claims.filter(|(_, present)| !present).map(|(claim, _)| claim).collect()
    }
}

/// Reads the marks. `xms_tnt_fct` is read for its form alone: no value of it is documented.
pub(super) fn read(claims: &Object) -> Result<Marks, IdentityError> {
    facets(claims, "xms_tnt_fct")?;
    let [actor, subject] = FACET_CLAIMS;
    let relation = facets(claims, "xms_idrel")?.unwrap_or_default();
    Ok(Marks {
        actor: facets(claims, actor)?,
        subject: facets(claims, subject)?,
        relations: relations(&relation).collect(),
        parent: claims::guid(claims, "xms_par_app_azp")?,
    })
}

fn facets(claims: &Object, claim: &'static str) -> Result<Option<Facets>, IdentityError> {
    let Some(value) = claims.get(claim) else { return Ok(None) };
    let parsed = value.as_str().map_or(Err(FacetError::NotText(value.kind())), Facets::parse);
    parsed.map(Some).map_err(|problem| IdentityError::FacetsMalformed {
        claim,
        value: value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        problem,
    })
}
