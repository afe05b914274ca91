//! An exchange in Cedar's words: who would act and for whom, and who asks for it.

use std::sync::Arc;

use vicar_bundle::{contents::DeclaredClaim, exchange::Downstream};
use vicar_identity::{Directory, Identity, PrincipalKind};
use vicar_policy::{
    Entities, EntityError, EntityStore, EntityUid, Record, Set, Value, entity::EntityDefinition,
};

use super::{
    names,
    shape::Shape,
    subject::{
        Cast, Subject, authentication_record, declared_claims, subject_record, token_record,
    },
    world::{entity, text, texts},
};
use crate::{Admitted, Refusal, reason};

/// The one whom the policies see: an identity, and the same in Cedar's words.
pub(crate) type Party<'a> = (&'a Identity, &'a Subject);

/// `Action::"exchange"`.
pub(crate) fn action() -> EntityUid {
    names::action(names::EXCHANGE)
}

/// `Downstream::"…"`.
pub(crate) fn resource(downstream: &Downstream) -> EntityUid {
    names::downstream(&downstream.name)
}

/// The bundle's entities with those of the exchange.
///
/// # Errors
/// When one thing is named twice.
pub(crate) fn with_downstreams(
    world: &EntityStore,
    downstreams: &[Arc<Downstream>],
) -> Result<EntityStore, EntityError> {
    let known = world.entities().iter().map(|known| EntityDefinition {
        uid: known.uid.clone(),
        attributes: known.attributes.clone(),
        tags: known.tags.clone(),
        parents: known.parents.to_vec(),
    });
    let downstreams = downstreams.iter().map(|downstream| {
        let attributes =
            [("labels", texts(&downstream.labels)), ("scopes", texts(&downstream.scopes))];
        entity(resource(downstream), attributes.into_iter().collect(), [])
    });
    let action = entity(action(), Record::default(), []);
    EntityStore::new(known.chain(downstreams).chain([action]).collect(), Entities::default())
}

/// Says who would act, for whom, at whose request.
///
/// # Errors
/// A refusal when a claim that the bundle declares has another type.
pub(crate) fn prepare(
    identity: &Identity,
    caller: Option<(&Admitted, &[DeclaredClaim])>,
    directory: &Directory,
    world: &EntityStore,
    shape: Shape,
) -> Result<Subject, Refusal> {
    let mut cast = Cast { identity, directory, entities: Vec::with_capacity(8) };
    let blueprint = cast.blueprint();
    let principal = cast.actor(blueprint.as_ref());
    let user = cast.user();
    let agent_user = cast.agent_user(&principal);
    let tenant = identity.tenant.as_ref().map(|realm| cast.tenant_of(&realm.id));
    let mut context: Vec<(&str, Value)> = vec![
        ("auth", Value::Record(authentication_record(identity))),
        ("capabilities", texts(&identity.capabilities)),
        ("mode", text(identity.mode.name())),
        ("roles", texts(&identity.roles)),
        ("scopes", texts(&identity.scopes)),
        ("subject", Value::Record(subject_record(identity))),
    ];
    let optional =
        [("agent_user", agent_user), ("blueprint", blueprint), ("tenant", tenant), ("user", user)];
    context
        .extend(optional.into_iter().filter_map(|(name, uid)| Some((name, Value::Entity(uid?)))));
    if caller.is_some() {
        context.push(("token", Value::Record(token_record(identity))));
    }
    if shape.chains {
        context.push(("chain", Value::Set(Set::default())));
    }
    if shape.claims {
        let claims =
            caller.map(|(caller, declared)| declared_claims(caller.verified.claims(), declared));
        context.push(("claims", Value::Record(claims.transpose()?.unwrap_or_default())));
    }
    let mut entities = cast.entities;
    let mut asking = vec![("authenticated", Value::Bool(caller.is_some()))];
    if let Some((caller, _)) = caller {
        let mut cast = Cast { identity: &caller.identity, directory, entities };
        asking.push(("client_id", text(&caller.identity.actor.id)));
        if caller.identity.actor.kind == PrincipalKind::App {
            asking.push(("client", Value::Entity(cast.actor(None))));
        }
        asking.extend(cast.user().map(|user| ("user", Value::Entity(user))));
        entities = cast.entities;
    }
    context.push(("caller", Value::Record(asking.into_iter().collect())));
    let entities = EntityStore::new(entities, Entities::new(&[world])).map_err(|error| {
        Refusal::new(
            &reason::POLICY_ERROR,
            format!("the entities of the exchange contradict each other: {error}"),
            "compare the request with the bundle's directory",
        )
    })?;
    Ok(Subject { principal, entities, context: context.into_iter().collect() })
}
