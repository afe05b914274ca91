use proptest::prelude::*;

use super::View;
use crate::{
    Decision, Entities, EntityStore, Evaluation, EvaluationError, MAX_DEPTH, Program, Request,
    Value,
    ir::{ActionScope, BinaryOperator as Op, EntityScope, Expr, ExtensionFunction as Function},
    outcome::{TraceEnd, Traced},
    test_support::*,
    value::ValueType,
};

fn yes() -> Expr {
    lit(true)
}

fn no() -> Expr {
    lit(false)
}

/// An expression that errs when evaluated.
fn error() -> Expr {
    context("nothing")
}

fn tenants(ids: &[&str]) -> Expr {
    Expr::Set(ids.iter().map(|id| lit(uid("Tenant", id))).collect())
}

#[test]
fn operators_have_cedars_values() {
    let long = |value: i64| lit(value);
    let bin = binary;
    let cases: Vec<(&str, Expr, Value)> = vec![
        ("equal longs", equal(long(1), long(1)), true.into()),
        ("values of different types differ", equal(long(1), lit("1")), false.into()),
        (
            "a set equals its reordering",
            equal(
                Expr::Set(vec![context("mode"), lit("b"), lit("b")]),
                Expr::Set(vec![lit("b"), lit("autonomous")]),
            ),
            true.into(),
        ),
        (
            "records compare by content",
            equal(
                Expr::Record(vec![("a".into(), context("count"))]),
                lit(record([("a", 7.into())])),
            ),
            true.into(),
        ),
        ("equal entities", equal(principal(), lit(uid("Agent", "invoice"))), true.into()),
        ("less", bin(Op::Less, long(1), long(2)), true.into()),
        ("not less", bin(Op::Less, long(2), long(2)), false.into()),
        ("less or equal", bin(Op::LessEqual, long(2), long(2)), true.into()),
        (
            "datetimes are ordered",
            bin(Op::Less, lit(Value::Datetime(1)), lit(Value::Datetime(2))),
            true.into(),
        ),
        (
            "durations are ordered",
            bin(Op::LessEqual, lit(Value::Duration(3)), lit(Value::Duration(2))),
            false.into(),
        ),
        ("add", bin(Op::Add, long(1), context("count")), 8.into()),
        ("subtract", bin(Op::Subtract, long(1), long(7)), (-6).into()),
        ("multiply", bin(Op::Multiply, long(3), context("count")), 21.into()),
        ("negate", Expr::Negate(Box::new(context("count"))), (-7).into()),
        ("not", not(no()), true.into()),
        ("and of true", and(yes(), yes()), true.into()),
        ("and stops at false", and(no(), error()), false.into()),
        ("and does not check the type behind false", and(no(), long(1)), false.into()),
        ("or stops at true", or(yes(), error()), true.into()),
        ("or does not check the type behind true", or(yes(), long(1)), true.into()),
        ("or goes on", or(no(), or(no(), yes())), true.into()),
        ("if true", choose(yes(), long(1), error()), 1.into()),
        ("if false", choose(no(), error(), long(2)), 2.into()),
        ("attribute of a record", context("subject.id"), "s-1".into()),
        (
            "attribute of a made record",
            attribute(Expr::Record(vec![("a".into(), context("count"))]), "a"),
            7.into(),
        ),
        (
            "attribute of an entity in a made record",
            attribute(attribute(Expr::Record(vec![("a".into(), principal())]), "a"), "limit"),
            50.into(),
        ),
        (
            "a bool of a made record is a truth",
            not(attribute(Expr::Record(vec![("a".into(), context("bound"))]), "a")),
            true.into(),
        ),
        (
            "a path read again, by attribute, by has and in another record",
            and(
                equal(context("subject.id"), context("subject.id")),
                and(has(context("subject"), "id"), not(has(context(""), "id"))),
            ),
            true.into(),
        ),
        ("attribute of an entity", attribute(principal(), "limit"), 50.into()),
        (
            "attribute through an entity",
            attribute(attribute(principal(), "owner"), "mail"),
            "dana@contoso.example".into(),
        ),
        ("has", has(context(""), "mode"), true.into()),
        ("has not", has(context(""), "user"), false.into()),
        ("entity has", has(principal(), "limit"), true.into()),
        ("entity has not", has(principal(), "stage"), false.into()),
        (
            "an unknown entity has nothing",
            has(attribute(principal(), "home"), "name"),
            false.into(),
        ),
        ("has tag", bin(Op::HasTag, principal(), lit("stage")), true.into()),
        ("has no tag", bin(Op::HasTag, principal(), lit("limit")), false.into()),
        (
            "an unknown entity has no tag",
            bin(Op::HasTag, lit(uid("Agent", "x")), lit("stage")),
            false.into(),
        ),
        ("get tag", bin(Op::GetTag, principal(), lit("stage")), "live".into()),
        ("in itself", bin(Op::In, principal(), principal()), true.into()),
        ("in its parent", bin(Op::In, principal(), lit(uid("Blueprint", "finance"))), true.into()),
        (
            "in its grandparent",
            bin(Op::In, principal(), lit(uid("Tenant", "contoso"))),
            true.into(),
        ),
        ("not in a stranger", bin(Op::In, principal(), lit(uid("Tenant", "other"))), false.into()),
        ("in one of a set", bin(Op::In, principal(), tenants(&["other", "contoso"])), true.into()),
        ("in none of a set", bin(Op::In, principal(), tenants(&["other"])), false.into()),
        ("in an empty set", bin(Op::In, principal(), tenants(&[])), false.into()),
        (
            "an unknown entity is in itself",
            bin(Op::In, lit(uid("X", "x")), lit(uid("X", "x"))),
            true.into(),
        ),
        (
            "an unknown entity is in nothing else",
            bin(Op::In, lit(uid("X", "x")), lit(uid("X", "y"))),
            false.into(),
        ),
        ("is", is(principal(), "Agent"), true.into()),
        ("is not", is(resource(), "Agent"), false.into()),
        ("an unknown entity has a type", is(lit(uid("X", "x")), "X"), true.into()),
        ("contains", bin(Op::Contains, context("scopes"), lit("Mail.Send")), true.into()),
        ("contains another type", bin(Op::Contains, context("scopes"), long(1)), false.into()),
        (
            "contains a set",
            bin(Op::Contains, Expr::Set(vec![context("scopes")]), context("scopes")),
            true.into(),
        ),
        (
            "contains all",
            bin(Op::ContainsAll, context("scopes"), lit(set(["Mail.Send".into()]))),
            true.into(),
        ),
        (
            "contains all of nothing",
            bin(Op::ContainsAll, context("scopes"), lit(set([]))),
            true.into(),
        ),
        (
            "contains not all",
            bin(Op::ContainsAll, lit(set(["Mail.Send".into()])), context("scopes")),
            false.into(),
        ),
        (
            "contains any",
            bin(Op::ContainsAny, context("scopes"), lit(set(["Mail.Send".into(), 1.into()]))),
            true.into(),
        ),
        (
            "contains any of nothing",
            bin(Op::ContainsAny, context("scopes"), lit(set([]))),
            false.into(),
        ),
        ("is empty", Expr::IsEmpty(Box::new(lit(set([])))), true.into()),
        ("is not empty", Expr::IsEmpty(Box::new(context("scopes"))), false.into()),
        ("like", like(context("mode"), "auto*"), true.into()),
        ("not like", like(context("mode"), "auto"), false.into()),
        (
            "a set drops duplicates",
            Expr::Set(vec![context("count"), long(7), long(1)]),
            set([1.into(), 7.into()]).into(),
        ),
    ];
    for (name, expression, wanted) in cases {
        assert_eq!(value_of(expression), Ok(wanted), "{name}");
    }
}

#[test]
fn operators_refuse_wrong_types() {
    use ValueType as Type;
    let bin = binary;
    let cases: Vec<(&str, Expr, &[Type], Type)> = vec![
        ("left of and", and(lit(1), yes()), &[Type::Bool], Type::Long),
        ("right of and", and(yes(), lit(1)), &[Type::Bool], Type::Long),
        ("left of or", or(lit("x"), yes()), &[Type::Bool], Type::String),
        ("right of or", or(no(), context("scopes")), &[Type::Bool], Type::Set),
        ("test of if", choose(lit(1), yes(), yes()), &[Type::Bool], Type::Long),
        ("not", not(context("")), &[Type::Bool], Type::Record),
        ("negate", Expr::Negate(Box::new(yes())), &[Type::Long], Type::Bool),
        ("add", bin(Op::Add, lit(1), lit("1")), &[Type::Long], Type::String),
        (
            "less of strings",
            bin(Op::Less, lit("a"), lit("b")),
            &[Type::Long, Type::Datetime, Type::Duration],
            Type::String,
        ),
        ("less of long and string", bin(Op::Less, lit("a"), lit(1)), &[Type::Long], Type::String),
        (
            "less of datetime and duration",
            bin(Op::Less, lit(Value::Datetime(1)), lit(Value::Duration(1))),
            &[Type::Datetime],
            Type::Duration,
        ),
        (
            "less of decimals",
            bin(Op::Less, lit(Value::Decimal(1)), lit(Value::Decimal(2))),
            &[Type::Long, Type::Datetime, Type::Duration],
            Type::Decimal,
        ),
        ("left of in", bin(Op::In, lit("a"), principal()), &[Type::Entity], Type::String),
        (
            "right of in",
            bin(Op::In, principal(), lit("a")),
            &[Type::Set, Type::Entity],
            Type::String,
        ),
        (
            "an element of a set for in, behind a match",
            bin(Op::In, principal(), Expr::Set(vec![principal(), lit("z")])),
            &[Type::Entity],
            Type::String,
        ),
        ("contains", bin(Op::Contains, lit("a"), lit("a")), &[Type::Set], Type::String),
        (
            "contains all",
            bin(Op::ContainsAll, context("scopes"), lit("a")),
            &[Type::Set],
            Type::String,
        ),
        ("contains any", bin(Op::ContainsAny, lit(1), context("scopes")), &[Type::Set], Type::Long),
        ("is empty", Expr::IsEmpty(Box::new(lit("x"))), &[Type::Set], Type::String),
        ("like", like(lit(1), "*"), &[Type::String], Type::Long),
        ("is", is(lit(1), "Agent"), &[Type::Entity], Type::Long),
        ("attribute", attribute(lit(1), "x"), &[Type::Record, Type::Entity], Type::Long),
        (
            "attribute of a made set",
            attribute(Expr::Set(vec![context("count")]), "x"),
            &[Type::Record, Type::Entity],
            Type::Set,
        ),
        ("has", has(lit("a"), "x"), &[Type::Record, Type::Entity], Type::String),
        (
            "get tag of a record",
            bin(Op::GetTag, context(""), lit("x")),
            &[Type::Entity],
            Type::Record,
        ),
        ("get tag by a long", bin(Op::GetTag, principal(), lit(1)), &[Type::String], Type::Long),
        ("has tag by a long", bin(Op::HasTag, principal(), lit(1)), &[Type::String], Type::Long),
        ("constructor", call(Function::Ip, [lit(1)]), &[Type::String], Type::Long),
        (
            "method of a string",
            call(Function::IsIpv4, [lit("10.0.0.1")]),
            &[Type::Ip],
            Type::String,
        ),
    ];
    for (name, expression, wanted, seen) in cases {
        assert_eq!(
            value_of(expression),
            Err(EvaluationError::TypeError { wanted, seen }),
            "{name}"
        );
    }
}

#[test]
fn errors_say_what_is_missing() {
    let cases = [
        (context("user"), "the record has no attribute `user`"),
        (attribute(principal(), "stage"), "`Agent::\"invoice\"` has no attribute `stage`"),
        (attribute(attribute(principal(), "home"), "x"), "entity `Site::\"nowhere\"` is not known"),
        (binary(Op::GetTag, principal(), lit("x")), "`Agent::\"invoice\"` has no tag `x`"),
        (binary(Op::GetTag, lit(uid("A", "b")), lit("x")), "entity `A::\"b\"` is not known"),
        (
            binary(Op::Add, lit(i64::MAX), lit(1)),
            "`9223372036854775807 + 1` overflows a 64-bit integer",
        ),
        (
            binary(Op::Subtract, lit(i64::MIN), lit(1)),
            "`-9223372036854775808 - 1` overflows a 64-bit integer",
        ),
        (
            binary(Op::Multiply, lit(i64::MAX), lit(2)),
            "`9223372036854775807 * 2` overflows a 64-bit integer",
        ),
        (
            Expr::Negate(Box::new(lit(i64::MIN))),
            "`-(-9223372036854775808)` overflows a 64-bit integer",
        ),
        (call(Function::Ip, [lit("10.0.0.256")]), "`ip` failed: not an IPv4 or IPv6 address"),
        (
            call(Function::Offset, [lit(Value::Datetime(i64::MAX)), lit(Value::Duration(1))]),
            "`offset` failed: the datetime overflows",
        ),
        (call(Function::Ip, [lit("::1"), lit("::1")]), "`ip` takes 1 arguments, got 2"),
        (call(Function::Offset, [lit(Value::Datetime(1))]), "`offset` takes 2 arguments, got 1"),
        (binary(Op::Less, lit("a"), lit("b")), "expected long, datetime or duration, got string"),
    ];
    for (expression, wanted) in cases {
        assert_eq!(value_of(expression).unwrap_err().to_string(), wanted);
    }
}

#[test]
fn forbid_wins_and_determines() {
    let program =
        Program::compile(vec![permit("a"), forbid("b"), permit("c"), forbid("d")]).unwrap();
    let outcome = ask(&program);
    assert_eq!(outcome.decision, Decision::Deny);
    assert_eq!(outcome.cedar_decision, Decision::Deny);
    assert_eq!(outcome.determining, [1, 3]);
    let satisfied = |policy| Traced { policy, end: TraceEnd::Satisfied };
    assert_eq!(outcome.trace, [0, 1, 2, 3].map(satisfied));
}

#[test]
fn nothing_permits_by_default() {
    let outcome = ask(&Program::compile(vec![]).unwrap());
    assert_eq!((outcome.decision, outcome.cedar_decision), (Decision::Deny, Decision::Deny));
    assert_eq!(outcome.determining, Vec::<u32>::new());

    let unmet = ask(&Program::compile(vec![permit("a").when("", yes()).when("", no())]).unwrap());
    assert_eq!(unmet.decision, Decision::Deny);
    assert_eq!(unmet.trace, [Traced { policy: 0, end: TraceEnd::Unmet(1) }]);
}

#[test]
fn an_error_denies_where_cedar_skips() {
    let program = Program::compile(vec![
        permit("a"),
        forbid("errs").when("", yes()).when("", error()).when("", yes()),
        permit("not a bool").when("", lit(1)),
    ])
    .unwrap();
    let outcome = ask(&program);
    assert_eq!(outcome.decision, Decision::Deny);
    assert_eq!(outcome.cedar_decision, Decision::Allow);
    assert_eq!(outcome.determining, [0]);
    let erring: Vec<_> =
        outcome.erring.iter().map(|erring| (erring.policy, erring.clause)).collect();
    assert_eq!(erring, [(1, 1), (2, 0)]);
}

#[test]
fn an_error_behind_an_unmet_clause_does_not_count() {
    let program =
        Program::compile(vec![permit("a"), permit("b").when("", no()).when("", error())]).unwrap();
    assert_eq!(ask(&program).decision, Decision::Allow);
}

#[test]
fn an_error_in_a_policy_for_another_resource_does_not_count() {
    let elsewhere = EntityScope::Equal(uid("Tool", "other"));
    let other = crate::ir::Policy { resource: elsewhere, ..forbid("b").when("", error()) };
    assert_eq!(ask(&Program::compile(vec![permit("a"), other]).unwrap()).decision, Decision::Allow);
}

#[test]
fn a_buffer_forgets_the_last_evaluation() {
    let first = Program::compile(vec![permit("a"), permit("b").when("", error())]).unwrap();
    let second = Program::compile(vec![forbid("a").when("", no())]).unwrap();
    with_world(|request, entities| {
        let mut evaluation = Evaluation::default();
        first.evaluate_into(request, entities, &mut evaluation);
        let reused = second.evaluate_into(request, entities, &mut evaluation).clone();
        assert_eq!(reused, second.evaluate(request, entities));
    });
}

#[test]
fn the_deepest_expressions_fit_a_small_stack() {
    type Nest = fn(Expr) -> Expr;
    // With the number of levels that one nesting makes.
    let nests: [(&str, usize, Nest); 8] = [
        ("not", 1, not),
        ("negate", 1, |inner| Expr::Negate(Box::new(inner))),
        ("if", 1, |inner| choose(inner, no(), yes())),
        ("and, not", 2, |inner| not(and(yes(), inner))),
        ("equal", 1, |inner| equal(inner, context("count"))),
        ("attribute of record", 2, |inner| attribute(Expr::Record(vec![("a".into(), inner)]), "a")),
        ("set", 1, |inner| Expr::Set(vec![inner])),
        ("call", 1, |inner| call(Function::IsIpv4, [inner])),
    ];
    for (name, levels, nest) in nests {
        let evaluate = move || {
            let nested = |times| (0..times).fold(context("bound"), |inner, _| nest(inner));
            // `context.bound` takes two levels itself.
            let times = (MAX_DEPTH - 2) / levels;
            let program = Program::compile(vec![permit("a").when("", nested(times))]).unwrap();
            let too_deep = Program::compile(vec![permit("a").when("", nested(times + 1))]);
            assert!(too_deep.is_err());
            let findings = with_world(|request, entities| program.explain(request, entities).len());
            (findings, ask(&program).trace.len())
        };
        // A wasm module has 1 MiB; an unoptimised build needs more than the optimised guest.
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(evaluate).unwrap();
        assert_eq!(thread.join().unwrap(), (1, 1), "{name}");
    }
}

/// Whether a scope matches, straight from its definition.
fn in_scope(policy: &crate::ir::Policy, request: &Request<'_>, entities: &Entities<'_>) -> bool {
    let is_in = |uid: &crate::EntityUid, ancestor: &crate::EntityUid| {
        uid == ancestor || entities.get(uid).is_some_and(|entity| entity.descends_from(ancestor))
    };
    let matches = |scope: &EntityScope, uid: &crate::EntityUid| match scope {
        EntityScope::Any => true,
        EntityScope::Equal(wanted) => uid == wanted,
        EntityScope::In(wanted) => is_in(uid, wanted),
        EntityScope::Is(entity_type) => *uid.entity_type == **entity_type,
        EntityScope::IsIn(entity_type, wanted) => {
            *uid.entity_type == **entity_type && is_in(uid, wanted)
        }
    };
    matches(&policy.principal, request.principal)
        && matches(&policy.resource, request.resource)
        && match &policy.action {
            ActionScope::Any => true,
            ActionScope::Equal(wanted) => request.action == wanted,
            ActionScope::In(wanted) => wanted.iter().any(|uid| is_in(request.action, uid)),
        }
}

proptest! {
    #[test]
    fn views_sort_as_values_do(left in any_value(), right in any_value()) {
        prop_assert_eq!(left.cmp(&right), View::from(&left).cmp(&View::from(&right)));
        prop_assert_eq!(left == right, View::from(&left) == View::from(&right));
    }

    #[test]
    fn the_index_finds_what_the_scopes_say(
        policies in any_policies(Just(lit(true)), 0..30),
        definitions in any_entities(),
        (principal, action, resource) in (any_uid(), any_uid(), any_uid()),
    ) {
        let store = EntityStore::new(definitions, Entities::default()).unwrap();
        let layers = [&store];
        let entities = Entities::new(&layers);
        let context = record([]);
        let request = Request { principal: &principal, action: &action, resource: &resource, context: (&context).into() };
        let wanted: Vec<u32> = (0..)
            .zip(&policies)
            .filter(|(_, policy)| in_scope(policy, &request, &entities))
            .map(|(index, _)| index)
            .collect();
        let program = Program::compile(policies).unwrap();
        let outcome = program.evaluate(&request, &entities);
        let found: Vec<u32> = outcome.trace.iter().map(|traced| traced.policy).collect();
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn an_explanation_agrees_with_the_outcome(
        policies in any_policies(any_expression(), 1..6),
        definitions in any_entities(),
        (principal, action, resource) in (any_uid(), any_uid(), any_uid()),
        context in any_record(),
    ) {
        use crate::PolicyResult;

        let program = Program::compile(policies).unwrap();
        let store = EntityStore::new(definitions, Entities::default()).unwrap();
        let layers = [&store];
        let entities = Entities::new(&layers);
        let request = Request { principal: &principal, action: &action, resource: &resource, context: (&context).into() };
        let outcome = program.evaluate(&request, &entities);
        let findings = program.explain(&request, &entities);
        let explained: Vec<_> = findings
            .iter()
            .map(|finding| {
                let stopped = finding.clauses.iter().filter(|clause| !clause.skipped_by_cedar).count();
                let clause = (stopped as u32).wrapping_sub(1);
                let end = match finding.result {
                    PolicyResult::Erred => TraceEnd::Erred(clause),
                    PolicyResult::Satisfied => TraceEnd::Satisfied,
                    PolicyResult::Unsatisfied => TraceEnd::Unmet(clause),
                };
                Traced { policy: finding.policy.index(), end }
            })
            .collect();
        prop_assert_eq!(explained, outcome.trace);
        let misses = program.near_misses(&request, &entities, usize::MAX);
        for miss in &misses {
            prop_assert!(!outcome.determining.contains(&miss.policy.index()) || outcome.cedar_decision == Decision::Deny);
            prop_assert!(!miss.to_string().is_empty());
        }
    }
}
