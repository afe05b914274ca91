use std::fmt::Write;

use crate::{
    ClauseState, Program, Value,
    ir::{
        ActionScope, BinaryOperator as Op, EntityScope, Expr, ExtensionFunction as Function, Policy,
    },
    test_support::*,
};

/// The findings as text.
fn explain(policies: Vec<Policy>) -> String {
    let program = Program::compile(policies).unwrap();
    let mut text = String::new();
    with_world(|request, entities| {
        for finding in program.explain(request, entities) {
            let (id, source) = (finding.policy.id(), finding.policy.source());
            let (effect, result) = (finding.policy.effect(), finding.result);
            writeln!(text, "{effect:?} {id} ({}:{}): {result:?}", source.file, source.line)
                .unwrap();
            for clause in finding.clauses {
                let skipped = if clause.skipped_by_cedar { " (skipped)" } else { "" };
                let (kind, source) = (clause.clause.kind(), clause.clause.source());
                let (condition, state) = (clause.clause.text(), clause.state);
                writeln!(text, "  {kind:?} {condition} :{}: {state}{skipped}", source.line)
                    .unwrap();
                for reading in clause.readings {
                    let met = match reading.met {
                        Some(true) => "met",
                        Some(false) => "not met",
                        None => "cannot be said",
                    };
                    let consulted = if reading.consulted { "" } else { " (not consulted)" };
                    let (path, seen, wanted) = (reading.path, reading.seen, reading.wanted);
                    writeln!(text, "    {path}: seen {seen}, wanted {wanted}: {met}{consulted}")
                        .unwrap();
                }
            }
        }
    });
    text
}

fn near_misses(policies: Vec<Policy>, limit: usize) -> String {
    let program = Program::compile(policies).unwrap();
    let sentences = with_world(|request, entities| {
        let misses = program.near_misses(request, entities, limit);
        misses.iter().map(ToString::to_string).collect::<Vec<_>>()
    });
    sentences.join("\n")
}

#[test]
fn every_clause_is_explained() {
    let text = explain(vec![
        permit("read-tools")
            .when("context.bound == false", equal(context("bound"), lit(false)))
            .when("context.mode == \"on_behalf_of\"", equal(context("mode"), lit("on_behalf_of")))
            .when("context has user", has(context(""), "user"))
            .unless("context.user.guest", attribute(context("user"), "guest")),
        forbid("too-many")
            .when("context.count > 5", not(binary(Op::LessEqual, context("count"), lit(5)))),
        Policy { resource: EntityScope::Equal(uid("Tool", "other")), ..permit("elsewhere") },
        forbid("errs").when("context.user.guest", attribute(context("user"), "guest")),
    ]);
    insta::assert_snapshot!(text);
}

#[test]
fn every_kind_of_condition_is_read() {
    let bin = binary;
    let scopes = || context("scopes");
    let ip = |text: &str| {
        Expr::Record(vec![
            ("ip".into(), call(Function::Ip, [lit(text)])),
            ("n".into(), context("count")),
        ])
    };
    let conditions = [
        ("in", bin(Op::In, principal(), lit(uid("Tenant", "contoso")))),
        ("not in", not(bin(Op::In, principal(), lit(uid("Tenant", "other"))))),
        ("is", is(resource(), "Route")),
        ("contains", bin(Op::Contains, scopes(), lit("Ledger.Write"))),
        (
            "one of",
            bin(Op::Contains, lit(set(["autonomous".into(), "app".into()])), context("mode")),
        ),
        ("none of", not(bin(Op::Contains, lit(set(["autonomous".into()])), context("mode")))),
        ("contains all", bin(Op::ContainsAll, scopes(), attribute(resource(), "scopes"))),
        ("nothing but", bin(Op::ContainsAll, lit(set(["Ledger.Read".into()])), scopes())),
        ("contains any", bin(Op::ContainsAny, scopes(), lit(set(["X".into()])))),
        ("empty", not(Expr::IsEmpty(Box::new(scopes())))),
        ("like", like(context("mode"), "auto*\"x\"")),
        ("less", bin(Op::Less, lit(3), context("count"))),
        (
            "arithmetic",
            bin(
                Op::Less,
                bin(Op::Add, bin(Op::Multiply, context("count"), lit(2)), lit(1)),
                attribute(principal(), "limit"),
            ),
        ),
        (
            "two paths",
            equal(context("subject.tenant"), attribute(attribute(principal(), "owner"), "mail")),
        ),
        ("odd name", has(context("subject"), "x y")),
        ("tag", bin(Op::HasTag, principal(), lit("stage"))),
        ("tag value", equal(bin(Op::GetTag, principal(), lit("stage")), lit("test"))),
        ("missing", equal(context("user.name"), lit("Dana"))),
        ("type error", bin(Op::Less, context("mode"), lit(1))),
        ("bare bool", context("bound")),
        ("bare not a bool", context("count")),
        (
            "method",
            call(
                Function::IsInRange,
                [attribute(ip("10.1.2.3"), "ip"), call(Function::Ip, [lit("10.0.0.0/8")])],
            ),
        ),
        ("constant", lit(true)),
        (
            "or",
            or(
                context("bound"),
                or(equal(context("count"), lit(7)), equal(context("mode"), lit("x"))),
            ),
        ),
        ("and", and(equal(context("count"), lit(8)), has(context(""), "mode"))),
        ("not or", not(or(equal(context("count"), lit(7)), equal(context("mode"), lit("x"))))),
        (
            "if",
            choose(
                has(context(""), "user"),
                equal(context("user.name"), lit("Dana")),
                equal(context("mode"), lit("autonomous")),
            ),
        ),
        ("if as a value", equal(choose(context("bound"), lit(1), lit(2)), lit(2))),
        (
            "entity set",
            bin(
                Op::In,
                principal(),
                Expr::Set(vec![lit(uid("Tenant", "a")), attribute(principal(), "owner")]),
            ),
        ),
        ("long text", equal(context("mode"), lit("x".repeat(300).as_str()))),
    ];
    let policy = conditions
        .into_iter()
        .fold(permit("all"), |policy, (text, condition)| policy.when(text, condition));
    let text = explain(vec![policy]);
    insta::assert_snapshot!(text);
}

#[test]
fn near_misses_say_the_smallest_change() {
    let on_behalf = || equal(context("mode"), lit("on_behalf_of"));
    let read = || binary(Op::Contains, context("scopes"), lit("Ledger.Read"));
    let write = || binary(Op::Contains, context("scopes"), lit("Ledger.Write"));
    let other_tool = || EntityScope::Equal(uid("Tool", "other"));
    let delegated = "context.mode == \"on_behalf_of\"";
    let text = near_misses(
        vec![
            Policy { resource: other_tool(), ..permit("other-tool").when("", read()) },
            permit("two-away")
                .when(delegated, on_behalf())
                .when("context.scopes.contains(\"Ledger.Write\")", write()),
            permit("read-tools").when(delegated, on_behalf()).when("…", read()),
            permit("errs").when("context.user.guest", attribute(context("user"), "guest")),
            permit("either").when("a || b", or(on_behalf(), write())),
            permit("unless").unless("context.count == 7", equal(context("count"), lit(7))),
            forbid("no-permit").when(delegated, on_behalf()),
            Policy {
                principal: EntityScope::IsIn("App".into(), uid("Tenant", "contoso")),
                ..permit("apps").when(delegated, on_behalf())
            },
            Policy {
                action: ActionScope::In(vec![uid("Action", "call"), uid("Action", "llm")]),
                ..permit("calls")
            },
            Policy {
                resource: other_tool(),
                principal: EntityScope::Is("App".into()),
                ..permit("too-far")
            },
        ],
        9,
    );
    insta::assert_snapshot!(text);
}

#[test]
fn near_misses_are_limited_to_the_best() {
    let policies = (0..50)
        .map(|index| permit(&format!("p{index}")).when("context.bound", context("bound")))
        .chain([permit("satisfied")])
        .collect();
    assert_eq!(
        near_misses(policies, 1),
        "policy `p0` would allow if `context.bound` held; seen false"
    );
}

#[test]
fn a_satisfied_forbid_is_named() {
    let program =
        Program::compile(vec![permit("a"), forbid("b").when("c", has(context(""), "mode"))])
            .unwrap();
    with_world(|request, entities| {
        let findings = program.explain(request, entities);
        let forbids: Vec<_> = findings.iter().filter(|finding| finding.forbids()).collect();
        let [forbid] = *forbids else { panic!("{forbids:?}") };
        assert_eq!(forbid.policy.id(), "b");
        assert_eq!(forbid.clauses[0].state, ClauseState::Met);
        assert_eq!(forbid.failed().count(), 0);
    });
}

#[test]
fn values_cannot_forge_the_text_around_them() {
    let tricky = Value::from("\u{1b}[31m\"\n\u{202e}'é");
    assert_eq!(tricky.to_string(), r#""\u{1b}[31m\"\n\u{202e}'é""#);
}
