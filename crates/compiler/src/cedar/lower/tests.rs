use vicar_policy::EntityUid;
use vicar_policy::ir::{Clause, ClauseKind, EntityScope, Expr, Policy};

use crate::cedar::{TemplateLink, lower_unvalidated};
use vicar_policy::ir::SourceSpan;

fn lower_one(text: &str) -> Policy {
    let files = [("p.cedar".to_owned(), text.to_owned())];
    let mut policies = lower_unvalidated(&files, &[]).expect("the policy lowers");
    assert_eq!(policies.len(), 1);
    policies.remove(0)
}

fn texts(policy: &Policy) -> Vec<&str> {
    policy.clauses.iter().map(|clause| clause.text.as_str()).collect()
}

fn place(clause: &Clause) -> (u32, u32) {
    (clause.source.line, clause.source.column)
}

#[test]
fn top_level_conjuncts_become_clauses_with_text_and_place() {
    let policy = lower_one(
        "@id(\"p\")\npermit(principal, action, resource)\nwhen {\n  context.a &&\n  ((context.b && \
         context.c == 1)) && (context.d || context.e)\n} unless { context.f && context.g };",
    );
    assert_eq!(
        texts(&policy),
        [
            "context.a",
            "context.b",
            "context.c == 1",
            "(context.d || context.e)",
            "context.f && context.g"
        ]
    );
    assert_eq!(
        policy.clauses.iter().map(place).collect::<Vec<_>>(),
        [(4, 3), (5, 5), (5, 18), (5, 38), (6, 12)]
    );
    let unless = &policy.clauses[4];
    assert_eq!(unless.kind, ClauseKind::Unless);
    assert!(matches!(&unless.expression, Expr::Not(inner) if matches!(**inner, Expr::And(..))));
}

#[test]
fn sugar_stays_one_clause() {
    let policy = lower_one(
        "@id(\"p\") permit(principal, action, resource) when { context has a.b.c && \
         principal is Agent in Blueprint::\"b\" && context.n >= 3 && context.a != context.b };",
    );
    assert_eq!(
        texts(&policy),
        [
            "context has a.b.c",
            "principal is Agent in Blueprint::\"b\"",
            "context.n >= 3",
            "context.a != context.b"
        ]
    );
}

#[test]
fn an_extended_has_tests_each_step() {
    let policy =
        lower_one("@id(\"p\") permit(principal, action, resource) when { context has a.b };");
    let context = || Box::new(Expr::Variable(vicar_policy::ir::Variable::Context));
    let expected = Expr::And(
        Box::new(Expr::Has(context(), "a".to_owned())),
        Box::new(Expr::Has(Box::new(Expr::Attribute(context(), "a".to_owned())), "b".to_owned())),
    );
    assert_eq!(policy.clauses[0].expression, expected);
}

#[test]
fn nested_extended_has_is_bounded() {
    let mut test = "context".to_owned();
    for _ in 0..20 {
        test = format!("(if {test} has a.b.c then context else context)");
    }
    let text = format!("@id(\"p\") permit(principal, action, resource) when {{ {test} has a }};");
    let files = [("p.cedar".to_owned(), text)];
    let problems = lower_unvalidated(&files, &[]).expect_err("far too large");
    assert_eq!(problems[0].message, "this policy has more than 100000 operators and operands");
}

#[test]
fn a_template_is_lowered_once_for_each_link() {
    let text = "@id(\"t\") permit(principal == ?principal, action, resource in ?resource);";
    let files = [("p.cedar".to_owned(), text.to_owned())];
    let link = |id: &str, principal: &str| TemplateLink {
        id: id.to_owned(),
        template: "t".to_owned(),
        principal: Some(principal.to_owned()),
        resource: Some("McpServer::\"search\"".to_owned()),
        source: SourceSpan { file: "vicar.yaml".to_owned(), line: 1, column: 1 },
    };
    let links = [link("one", "Agent::\"a\""), link("two", "Agent::\"b\"")];
    let policies = lower_unvalidated(&files, &links).expect("both lower");
    let ids: Vec<&str> = policies.iter().map(|policy| policy.id.as_str()).collect();
    assert_eq!(ids, ["one", "two"]);
    assert_eq!(policies[1].principal, EntityScope::Equal(EntityUid::new("Agent", "b")));
    assert_eq!(policies[1].resource, EntityScope::In(EntityUid::new("McpServer", "search")));
}

#[test]
fn group_membership_is_noticed() {
    let reads = |condition: &str| {
        lower_one(&format!(
            "@id(\"p\") permit(principal, action, resource) when {{ {condition} }};"
        ))
        .reads_groups
    };
    assert!(reads("context.user in Group::\"admins\""));
    assert!(reads("context.user in context.wanted"));
    assert!(reads("[Group::\"a\"].contains(context.group)"));
    assert!(reads("context.x is Group"));
    assert!(!reads("principal in Blueprint::\"b\""));
    assert!(!reads("context.user == User::\"u\""));
}

#[test]
fn annotations_are_sorted_and_complete() {
    let policy =
        lower_one("@reason(\"r\") @id(\"p\") @advice(\"a\") permit(principal, action, resource);");
    let names: Vec<&str> = policy.annotations.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["advice", "id", "reason"]);
}
