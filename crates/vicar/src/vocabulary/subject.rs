//! An identity in Cedar's words: the principal, its entities, and its part of the context.

use vicar_bundle::contents::DeclaredClaim;
use vicar_identity::{
    Directory, Identity, Principal, PrincipalKind,
    identity::{Groups, TokenFacts},
};
use vicar_policy::{
    Entities, EntityStore, EntityUid, Record, Set, Value, entity::EntityDefinition,
};
use vicar_token::Object;

use super::{
    names::known_or,
    shape::Shape,
    typed,
    world::{entity, tenant, text, texts},
};
use crate::{Refusal, reason};

/// What policies see of a token, made once per token.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// The actor.
    pub(crate) principal: EntityUid,
    /// The actor, the user, their groups and blueprint.
    pub(crate) entities: EntityStore,
    /// The part of the context that does not change between requests.
    pub(crate) context: Record,
}

/// Says `identity` in Cedar's words.
///
/// # Errors
/// A refusal when a claim that the bundle declares has another type.
pub(crate) fn prepare(
    identity: &Identity,
    claims: &Object,
    declared: &[DeclaredClaim],
    directory: &Directory,
    world: &EntityStore,
    shape: Shape,
) -> Result<Subject, Refusal> {
    let mut cast = Cast { identity, directory, entities: Vec::with_capacity(6) };
    let blueprint = cast.blueprint();
    let principal = cast.actor(blueprint.as_ref());
    let user = cast.user();
    let agent_user = cast.agent_user(&principal);
    let tenant = identity.tenant.as_ref().map(|realm| cast.tenant_of(&realm.id));

    let mut context: Vec<(&str, Value)> = vec![
        ("mode", text(identity.mode.name())),
        ("roles", texts(&identity.roles)),
        ("scopes", texts(&identity.scopes)),
        ("subject", Value::Record(subject_record(identity))),
        ("token", Value::Record(token_record(identity))),
    ];
    if shape.people {
        context.push(("auth", Value::Record(authentication_record(identity))));
        context.extend(user.map(|uid| ("user", Value::Entity(uid))));
    }
    if shape.entra {
        context.push(("capabilities", texts(&identity.capabilities)));
        context.extend(agent_user.map(|uid| ("agent_user", Value::Entity(uid))));
        context.extend(blueprint.map(|uid| ("blueprint", Value::Entity(uid))));
        context.extend(tenant.map(|uid| ("tenant", Value::Entity(uid))));
    }
    if shape.chains {
        let hops: Set = identity.prior_actors.iter().map(hop).collect();
        context.push(("chain", Value::Set(hops)));
    }
    if shape.claims {
        context.push(("claims", Value::Record(declared_claims(claims, declared)?)));
    }
    let entities = EntityStore::new(cast.entities, Entities::new(&[world])).map_err(|error| {
        Refusal::new(
            &reason::POLICY_ERROR,
            format!("the token's entities contradict each other: {error}"),
            "compare the token with the bundle's directory",
        )
    })?;
    Ok(Subject { principal, entities, context: context.into_iter().collect() })
}

/// The entities of one token, gathered.
pub(super) struct Cast<'a> {
    pub(super) identity: &'a Identity,
    pub(super) directory: &'a Directory,
    pub(super) entities: Vec<EntityDefinition>,
}

impl Cast<'_> {
    pub(super) fn tenant_of(&mut self, realm: &str) -> EntityUid {
        let uid = tenant(self.directory, realm);
        if !self.directory.tenants.iter().any(|known| known.id == realm) {
            let attributes = [("id", text(realm))].into_iter().collect();
            self.add(uid.clone(), attributes, []);
        }
        uid
    }

    fn realm_tenant(&mut self) -> Option<EntityUid> {
        let realm = self.identity.tenant.as_ref()?.id.clone();
        Some(self.tenant_of(&realm))
    }

    pub(super) fn blueprint(&mut self) -> Option<EntityUid> {
        let blueprint = self.identity.blueprint.as_ref()?;
        let realm = self.identity.actor.realm.clone();
        let uid = known_or("Blueprint", blueprint.name.as_deref(), &realm, &blueprint.id);
        if blueprint.name.is_none() {
            let attributes =
                [("id", text(&blueprint.id)), ("realm", text(&realm))].into_iter().collect();
            let tenant = self.realm_tenant();
            self.add(uid.clone(), attributes, tenant);
        }
        Some(uid)
    }

    pub(super) fn actor(&mut self, blueprint: Option<&EntityUid>) -> EntityUid {
        let actor = &self.identity.actor;
        let entity_type = match actor.kind {
            PrincipalKind::Agent => "Agent",
            PrincipalKind::Blueprint => "Blueprint",
            PrincipalKind::Workload => "Workload",
            // A person or an agent's user account reaches an API through an application; where a
            // token names no client, its subject stands for the application it signed in to.
            PrincipalKind::AgentUser | PrincipalKind::App | PrincipalKind::User => "App",
        };
        let uid = known_or(entity_type, actor.name.as_deref(), &actor.realm, &actor.id);
        let mut attributes = described(actor);
        if matches!(entity_type, "Agent" | "App") {
            attributes.extend(actor.name.as_deref().map(|name| ("name", text(name))));
        }
        let tenant = if entity_type == "Workload" { None } else { self.realm_tenant() };
        let blueprint = blueprint.filter(|_| entity_type == "Agent").cloned();
        let attributes = attributes.into_iter().collect();
        self.add(uid.clone(), attributes, tenant.into_iter().chain(blueprint));
        uid
    }

    pub(super) fn user(&mut self) -> Option<EntityUid> {
        let subject = &self.identity.subject;
        if subject.kind != PrincipalKind::User {
            return None;
        }
        let uid = known_or("User", subject.name.as_deref(), &subject.realm, &subject.id);
        let mut attributes = described(subject);
        attributes.push(("relationship", text(self.identity.relationship.name())));
        let attributes = attributes.into_iter().collect();
        let mut parents: Vec<EntityUid> = self.realm_tenant().into_iter().collect();
        if let Groups::Listed(groups) = &self.identity.groups {
            parents.extend(groups.iter().map(|id| self.group(&subject.realm, id)));
        }
        self.add(uid.clone(), attributes, parents);
        Some(uid)
    }

    fn group(&self, realm: &str, id: &str) -> EntityUid {
        let known =
            self.directory.groups.iter().find(|group| group.realm == realm && group.id == *id);
        known_or("Group", known.map(|group| group.name.as_str()), realm, id)
    }

    pub(super) fn agent_user(&mut self, principal: &EntityUid) -> Option<EntityUid> {
        let subject = &self.identity.subject;
        if subject.kind != PrincipalKind::AgentUser {
            return None;
        }
        let uid = known_or("AgentUser", None, &subject.realm, &subject.id);
        let attributes = described(subject).into_iter().collect();
        let agent = Some(principal.clone()).filter(|uid| &*uid.entity_type == "Agent");
        let tenant = self.realm_tenant();
        self.add(uid.clone(), attributes, agent.into_iter().chain(tenant));
        Some(uid)
    }

    fn add(
        &mut self,
        uid: EntityUid,
        attributes: Record,
        parents: impl IntoIterator<Item = EntityUid>,
    ) {
        if !self.entities.iter().any(|known| known.uid == uid) {
            self.entities.push(entity(uid, attributes, parents));
        }
    }
}

fn described(principal: &Principal) -> Vec<(&'static str, Value)> {
    vec![
        ("evidence", text(principal.evidence.name())),
        ("id", text(&principal.id)),
        ("realm", text(&principal.realm)),
    ]
}

pub(super) fn subject_record(identity: &Identity) -> Record {
    let subject = &identity.subject;
    let mut attributes = described(subject);
    attributes.push(("kind", text(subject.kind.name())));
    attributes.push(("relationship", text(identity.relationship.name())));
    attributes.extend(subject.name.as_deref().map(|name| ("name", text(name))));
    attributes.into_iter().collect()
}

pub(super) fn authentication_record(identity: &Identity) -> Record {
    let authentication = &identity.authentication;
    let mut attributes = vec![
        ("contexts", texts(&authentication.contexts)),
        ("methods", texts(&authentication.methods)),
    ];
    attributes.extend(authentication.class.as_deref().map(|class| ("class", text(class))));
    attributes.extend(authentication.client.map(|client| ("client", text(client.name()))));
    attributes.extend(authentication.time.map(|time| ("time", datetime(time))));
    attributes.into_iter().collect()
}

pub(super) fn token_record(identity: &Identity) -> Record {
    let TokenFacts { audiences, expires_at, issued_at, id, .. } = &identity.token;
    let mut attributes = vec![
        ("audience", texts(audiences)),
        ("bound", Value::Bool(identity.binding.is_some())),
        ("expires", datetime(*expires_at)),
        ("issuer", text(&identity.issuer_name)),
    ];
    attributes.extend(issued_at.map(|time| ("issued", datetime(time))));
    attributes.extend(id.as_deref().map(|id| ("id", text(id))));
    attributes.into_iter().collect()
}

fn hop(actor: &Principal) -> Value {
    let attributes =
        [("id", text(&actor.id)), ("kind", text(actor.kind.name())), ("realm", text(&actor.realm))];
    Value::Record(attributes.into_iter().collect())
}

pub(super) fn declared_claims(
    claims: &Object,
    declared: &[DeclaredClaim],
) -> Result<Record, Refusal> {
    let mut read = Vec::with_capacity(declared.len());
    for claim in declared {
        let Some(json) = claims.get(&claim.name) else { continue };
        let value = typed::value(json, claim.value_type).ok_or_else(|| {
            Refusal::new(
                &reason::DECLARED_CLAIM_MALFORMED,
                format!(
                    "the claim `{}` is not {}, as the bundle declares",
                    claim.name,
                    typed::describe(claim.value_type)
                ),
                "have the issuer send the claim in that type, or change the bundle",
            )
        })?;
        read.push((claim.name.as_str(), value));
    }
    Ok(read.into_iter().collect())
}

/// Seconds as Cedar's milliseconds; times beyond its range stay at its end.
pub(crate) fn datetime(seconds: i64) -> Value {
    Value::Datetime(seconds.saturating_mul(1000))
}
