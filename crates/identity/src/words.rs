//! An identity in one sentence, for terminals, logs and verdicts.

use std::fmt;

use vicar_token::quote::Quoted;

use crate::{
    Evidence, Identity, Mode, Principal, PrincipalKind,
    identity::{Blueprint, Relationship},
};

impl PrincipalKind {
    /// The kind in words, for sentences.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::AgentUser => "agent user account",
            Self::App => "application",
            Self::Blueprint => "blueprint",
            Self::User => "user",
            Self::Workload => "workload",
        }
    }
}

impl Evidence {
    /// The evidence in words, for sentences.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Absent => "unproven",
            Self::Claim => "stated by the token",
            Self::Facet => "proven by facets",
            Self::Inferred => "inferred",
            Self::Registered => "known from the directory",
        }
    }
}

/// Shows a principal as its kind and its name in the directory, else its id.
impl fmt::Display for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind.phrase(), named(&self.name, &self.id))
    }
}

/// The sentence, without a full stop: who acts, for whom, where, and how that is known.
impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { actor, subject, .. } = self;
        let agent = Made { actor, blueprint: self.blueprint.as_ref() };
        match self.mode {
            Mode::AgentUser if actor.kind == PrincipalKind::Agent => {
                write!(formatter, "{agent} acts through its user account {}", quoted(subject))?;
            }
            Mode::AgentUser => write!(formatter, "{actor} acts for {subject}")?,
            Mode::App | Mode::Autonomous => write!(formatter, "{agent} acts as itself")?,
            Mode::ExchangeCredential => {
                write!(formatter, "{agent} may obtain other tokens with this one")?;
            }
            Mode::OnBehalfOf => {
                write!(formatter, "{agent} acts for {}{subject}", self.standing())?;
            }
            Mode::User => write!(formatter, "{}{subject} calls through {actor}", self.standing())?,
        }
        if let Some(tenant) = &self.tenant {
            let preposition = if self.mode == Mode::OnBehalfOf { "of" } else { "in" };
            write!(formatter, " {preposition} tenant {}", named(&tenant.name, &tenant.id))?;
        }
        if let Some(latest) = self.prior_actors.first() {
            write!(formatter, ", handed on by {latest}")?;
            match self.prior_actors.len() {
                1 => {}
                more => write!(formatter, " and {} before it", more - 1)?,
            }
        }
        if actor.kind == subject.kind {
            // One party: what is known of it is no better than its weaker side.
            write!(formatter, " ({})", actor.evidence.max(subject.evidence).phrase())
        } else if actor.evidence == subject.evidence {
            write!(formatter, " (both {})", actor.evidence.phrase())
        } else {
            write!(
                formatter,
                " ({} {}, {} {})",
                actor.kind.phrase(),
                actor.evidence.phrase(),
                subject.kind.phrase(),
                subject.evidence.phrase()
            )
        }
    }
}

impl Identity {
    /// The subject's standing where it is not the usual one.
    const fn standing(&self) -> &'static str {
        match self.relationship {
            Relationship::Guest => "guest ",
            Relationship::Partner => "partner ",
            Relationship::Member | Relationship::ServicePrincipal | Relationship::Unknown => "",
        }
    }
}

/// The actor, with the blueprint that made it.
struct Made<'a> {
    actor: &'a Principal,
    blueprint: Option<&'a Blueprint>,
}

impl fmt::Display for Made<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.actor)?;
        match self.blueprint {
            Some(made) => {
                write!(formatter, ", made by blueprint {},", named(&made.name, &made.id))
            }
            None => Ok(()),
        }
    }
}

fn quoted(principal: &Principal) -> Quoted<'_> {
    named(&principal.name, &principal.id)
}

fn named<'a>(name: &'a Option<String>, id: &'a str) -> Quoted<'a> {
    Quoted(name.as_deref().unwrap_or(id))
}
