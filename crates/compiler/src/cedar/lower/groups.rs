//! Does a policy depend on group membership? A token whose groups are unknown (overage: the
//! issuer left them out) must not pass through one that does.

use vicar_policy::EntityUid;
use vicar_policy::Value;
use vicar_policy::ir::{BinaryOperator, EntityScope, Expr, Policy};

use super::operators::operands;

/// Any mention of the type `Group`, and any `in` on a user. Too often rather than too seldom:
/// what it costs is a refusal of tokens with unknown groups.
pub(super) fn reads_groups(policy: &Policy) -> bool {
    scope_mentions_group(&policy.principal)
        || scope_mentions_group(&policy.resource)
        || policy.clauses.iter().any(|clause| mentions_group(&clause.expression))
}

fn scope_mentions_group(scope: &EntityScope) -> bool {
    match scope {
        EntityScope::Any => false,
        EntityScope::Equal(uid) | EntityScope::In(uid) => is_group(uid),
        EntityScope::Is(entity_type) => is_group_type(entity_type),
        EntityScope::IsIn(entity_type, uid) => is_group_type(entity_type) || is_group(uid),
    }
}

fn mentions_group(expr: &Expr) -> bool {
    let here = match expr {
        Expr::Literal(Value::Entity(uid)) => is_group(uid),
        Expr::Is(_, entity_type) => is_group_type(entity_type),
        Expr::Binary(BinaryOperator::In, left, _) => mentions_user(left),
        _ => false,
    };
    here || operands(expr).into_iter().any(mentions_group)
}

fn mentions_user(expr: &Expr) -> bool {
    let here = match expr {
        Expr::Attribute(_, name) => name == "user",
        Expr::Literal(Value::Entity(uid)) => has_name(&uid.entity_type, "User"),
        _ => false,
    };
    here || operands(expr).into_iter().any(mentions_user)
}

fn is_group(uid: &EntityUid) -> bool {
    is_group_type(&uid.entity_type)
}

fn is_group_type(entity_type: &str) -> bool {
    has_name(entity_type, "Group")
}

fn has_name(entity_type: &str, name: &str) -> bool {
    entity_type.rsplit("::").next() == Some(name)
}
