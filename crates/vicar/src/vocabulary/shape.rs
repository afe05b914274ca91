//! Which parts of the context a bundle has at all.

use vicar_bundle::contents::Issuer;
use vicar_identity::Profile;

/// The optional parts of `context`, by what the bundle's issuers can say. The schema and the
/// values made at run time both follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Entra tenants, blueprints, agents' user accounts, client capabilities.
    pub(crate) entra: bool,
    /// Chains of earlier actors.
    pub(crate) chains: bool,
    /// People who sign in.
    pub(crate) people: bool,
    /// Claims that the bundle declares for policies.
    pub(crate) claims: bool,
}

impl Shape {
    pub(crate) fn of(trust: &[Issuer]) -> Self {
        let any = |test: fn(&Profile) -> bool| trust.iter().any(|issuer| test(&issuer.profile));
        let entra = any(|profile| matches!(profile, Profile::Entra(_)));
        let chains = any(|profile| matches!(profile, Profile::Rfc8693(_) | Profile::Oidc(_)));
        Self {
            entra,
            chains,
            people: entra || chains,
            claims: trust.iter().any(|issuer| !issuer.claims.is_empty()),
        }
    }

    /// The parts that the action `exchange` has: Entra's agents act there, whoever is trusted.
    pub(crate) const fn of_exchange(self) -> Self {
        Self { entra: true, people: true, ..self }
    }
}
