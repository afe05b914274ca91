//! The scope index: which policies can match a request at all.
//!
//! Each policy is filed under the one constraint of its scope that fewest policies share; a
//! request looks up its principal, action and resource and what those are in. So the time of a
//! decision follows the policies that concern the request, not the size of the program.

use super::{
    row::{ActionRow, ConstantId, ScopeRow, StringId},
    table::Tables,
};
use crate::{
    EntityUid, Request, Value,
    entity::Stored,
    hash::{self, Table},
    order,
};

/// A uid that some scope names.
pub(crate) type Key = u32;

/// How a policy constrains the uid it is filed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shelf {
    ResourceEqual,
    PrincipalEqual,
    ActionEqual,
    ResourceIn,
    PrincipalIn,
    ActionIn,
}

const SHELVES: usize = 6;

/// Built when a program is loaded.
#[derive(Clone, Debug)]
pub(crate) struct ScopeIndex {
    /// Finds a key by the hash of its uid.
    table: Table,
    /// Key -> constant.
    uids: Vec<ConstantId>,
    /// Per key and shelf, where its policies begin in `filed`; one more at the end.
    starts: Vec<u32>,
    filed: Vec<u32>,
    /// Policies that name no uid in their scope.
    unfiled: Vec<u32>,
    /// Per policy.
    scopes: Vec<Scopes>,
    action_keys: Vec<Key>,
}

/// The scope of a policy with keys in place of uids.
#[derive(Clone, Copy, Debug)]
struct Scopes {
    principal: Scope,
    resource: Scope,
    action: ActionScope,
}

#[derive(Clone, Copy, Debug)]
enum Scope {
    Any,
    Equal(Key),
    In(Key),
    Is(StringId),
    IsIn(StringId, Key),
}

#[derive(Clone, Copy, Debug)]
enum ActionScope {
    Any,
    Equal(Key),
    /// A stretch of `action_keys`.
    In(u32, u32),
}

/// A component of a request, looked up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Located {
    key: Option<Key>,
    /// The key of itself and of each ancestor that some scope names.
    within: Vec<Key>,
}

/// Which components of a scope match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Matched {
    pub(crate) principal: bool,
    pub(crate) action: bool,
    pub(crate) resource: bool,
}

impl ScopeIndex {
    pub(crate) fn new(tables: &Tables, constants: &[Value]) -> Self {
        let mut keys = Keys { table: Table::with_room_for(tables.constants.len()), uids: vec![] };
        let mut action_keys = Vec::new();
        let mut scopes = Vec::with_capacity(tables.policies.len());
        for policy in &tables.policies {
            let mut scope = |row| match row {
                ScopeRow::Any => Scope::Any,
                ScopeRow::Equal(uid) => Scope::Equal(keys.key(uid, constants)),
                ScopeRow::In(uid) => Scope::In(keys.key(uid, constants)),
                ScopeRow::Is(entity_type) => Scope::Is(entity_type),
                ScopeRow::IsIn(entity_type, uid) => {
                    Scope::IsIn(entity_type, keys.key(uid, constants))
                }
            };
            let (principal, resource) = (scope(policy.principal), scope(policy.resource));
            let action = match policy.action {
                ActionRow::Any => ActionScope::Any,
                ActionRow::Equal(uid) => ActionScope::Equal(keys.key(uid, constants)),
                ActionRow::In(list) => {
                    let start = action_keys.len() as u32;
                    let uids = tables.list(list).iter();
                    action_keys.extend(uids.map(|uid| keys.key(ConstantId(*uid), constants)));
                    ActionScope::In(start, action_keys.len() as u32)
                }
            };
            scopes.push(Scopes { principal, resource, action });
        }
        let mut index = Self {
            table: keys.table,
            uids: keys.uids,
            starts: Vec::new(),
            filed: Vec::new(),
            unfiled: Vec::new(),
            scopes,
            action_keys,
        };
        index.file();
        index
    }

    /// Looks up a uid and what it is in. `entity` is the uid's own, if it is known.
    pub(crate) fn locate(
        &self,
        uid: &EntityUid,
        entity: Option<Stored<'_>>,
        constants: &[Value],
        located: &mut Located,
    ) {
        located.within.clear();
        located.key = self.find(uid, hash::entity(uid), constants);
        located.within.extend(located.key);
        if let Some(stored) = entity {
            for (ancestor, hash) in stored.entity.ancestors.iter().zip(stored.ancestor_hashes) {
                located.within.extend(self.find(ancestor, *hash, constants));
            }
        }
    }

    /// Collects the policies that may match, in program order.
    pub(crate) fn candidates(
        &self,
        principal: &Located,
        action: &Located,
        resource: &Located,
        candidates: &mut Vec<u32>,
    ) {
        candidates.clear();
        candidates.extend_from_slice(&self.unfiled);
        let rows = [
            (principal, Shelf::PrincipalEqual, Shelf::PrincipalIn),
            (action, Shelf::ActionEqual, Shelf::ActionIn),
            (resource, Shelf::ResourceEqual, Shelf::ResourceIn),
        ];
        for (located, equal, within) in rows {
            if let Some(key) = located.key {
                candidates.extend_from_slice(self.on_shelf(key, equal));
            }
            for key in &located.within {
                candidates.extend_from_slice(self.on_shelf(*key, within));
            }
        }
        // A policy stands on one shelf, but there under each action it lists.
        order::sort_numbers(candidates);
        candidates.dedup();
    }

    /// Whether a policy's scope matches the request.
    pub(crate) fn matches(
        &self,
        policy: u32,
        tables: &Tables,
        request: &Request<'_>,
        [principal, action, resource]: [&Located; 3],
    ) -> bool {
        self.scopes.get(policy as usize).is_some_and(|scopes| {
            scopes.resource.matches(tables, request.resource, resource)
                && scopes.principal.matches(tables, request.principal, principal)
                && self.action_matches(scopes.action, action)
        })
    }

    /// Which components of a policy's scope match the request.
    pub(crate) fn matched(
        &self,
        policy: u32,
        tables: &Tables,
        request: &Request<'_>,
        [principal, action, resource]: [&Located; 3],
    ) -> Matched {
        let scopes = self.scopes.get(policy as usize);
        scopes.map_or(Matched::default(), |scopes| Matched {
            principal: scopes.principal.matches(tables, request.principal, principal),
            action: self.action_matches(scopes.action, action),
            resource: scopes.resource.matches(tables, request.resource, resource),
        })
    }

    fn action_matches(&self, scope: ActionScope, action: &Located) -> bool {
        match scope {
            ActionScope::Any => true,
            ActionScope::Equal(key) => action.key == Some(key),
            ActionScope::In(start, end) => {
                self.action_keys(start, end).iter().any(|key| action.within.contains(key))
            }
        }
    }

    /// Files each policy under its rarest constraint.
    fn file(&mut self) {
        let mut counts = vec![0_u32; self.uids.len() * SHELVES];
        for scopes in &self.scopes {
            for (shelf, keys) in self.options(scopes) {
                for key in keys {
                    if let Some(count) = counts.get_mut(place(*key, shelf)) {
                        *count += 1;
                    }
                }
            }
        }
        let mut filed: Vec<(u32, u32)> = Vec::with_capacity(self.scopes.len());
        let mut unfiled = Vec::new();
        for (policy, scopes) in (0..).zip(&self.scopes) {
            let rarity = |keys: &[Key], shelf| {
                let count = |key: &Key| counts.get(place(*key, shelf)).copied();
                keys.iter().filter_map(count).max().unwrap_or(0)
            };
            match self.options(scopes).min_by_key(|(shelf, keys)| rarity(keys, *shelf)) {
                Some((shelf, keys)) => {
                    filed.extend(keys.iter().map(|key| (place(*key, shelf) as u32, policy)));
                }
                None => unfiled.push(policy),
            }
        }
        order::sort(&mut filed);
        filed.dedup();
        let mut starts = Vec::with_capacity(counts.len() + 1);
        let mut at = 0;
        for place in 0..counts.len() as u32 {
            starts.push(at as u32);
            while filed.get(at).is_some_and(|(found, _)| *found == place) {
                at += 1;
            }
        }
        starts.push(at as u32);
        self.starts = starts;
        self.filed = filed.into_iter().map(|(_, policy)| policy).collect();
        self.unfiled = unfiled;
    }

    /// The shelves a policy could stand on.
    fn options<'s>(&'s self, scopes: &'s Scopes) -> impl Iterator<Item = (Shelf, &'s [Key])> {
        let entity = |scope: &'s Scope, equal, within| match scope {
            Scope::Any | Scope::Is(_) => None,
            Scope::Equal(key) => Some((equal, std::slice::from_ref(key))),
            Scope::In(key) | Scope::IsIn(_, key) => Some((within, std::slice::from_ref(key))),
        };
        let action = match &scopes.action {
            ActionScope::Any => None,
            ActionScope::Equal(key) => Some((Shelf::ActionEqual, std::slice::from_ref(key))),
            ActionScope::In(start, end) => Some((Shelf::ActionIn, self.action_keys(*start, *end))),
        };
        [
            entity(&scopes.resource, Shelf::ResourceEqual, Shelf::ResourceIn),
            entity(&scopes.principal, Shelf::PrincipalEqual, Shelf::PrincipalIn),
            action,
        ]
        .into_iter()
        .flatten()
    }

    fn action_keys(&self, start: u32, end: u32) -> &[Key] {
        self.action_keys.get(start as usize..end as usize).unwrap_or_default()
    }

    fn on_shelf(&self, key: Key, shelf: Shelf) -> &[u32] {
        match self.starts.get(place(key, shelf)..) {
            Some([start, end, ..]) => {
                self.filed.get(*start as usize..*end as usize).unwrap_or_default()
            }
            _ => &[],
        }
    }

    fn find(&self, uid: &EntityUid, hash: u64, constants: &[Value]) -> Option<Key> {
        self.table.find(hash, |key| names(&self.uids, key, constants, uid))
    }
}

impl Scope {
    #[inline]
    fn matches(self, tables: &Tables, uid: &EntityUid, located: &Located) -> bool {
        match self {
            Self::Any => true,
            Self::Equal(key) => located.key == Some(key),
            Self::In(key) => located.within.contains(&key),
            Self::Is(entity_type) => *uid.entity_type == *tables.text(entity_type),
            Self::IsIn(entity_type, key) => {
                located.within.contains(&key) && *uid.entity_type == *tables.text(entity_type)
            }
        }
    }
}

/// Numbers the uids of scopes while the index is built.
struct Keys {
    table: Table,
    uids: Vec<ConstantId>,
}

impl Keys {
    fn key(&mut self, id: ConstantId, constants: &[Value]) -> Key {
        let Some(Value::Entity(uid)) = constants.get(id.0 as usize) else {
            return Key::MAX;
        };
        let hash = hash::entity(uid);
        let known = self.table.find(hash, |key| names(&self.uids, key, constants, uid));
        known.unwrap_or_else(|| {
            let key = self.uids.len() as Key;
            self.table.insert(hash, key);
            self.uids.push(id);
            key
        })
    }
}

fn names(uids: &[ConstantId], key: Key, constants: &[Value], wanted: &EntityUid) -> bool {
    let constant = uids.get(key as usize).and_then(|id| constants.get(id.0 as usize));
    matches!(constant, Some(Value::Entity(uid)) if uid == wanted)
}

fn place(key: Key, shelf: Shelf) -> usize {
    (key as usize).saturating_mul(SHELVES).saturating_add(shelf as usize)
}
