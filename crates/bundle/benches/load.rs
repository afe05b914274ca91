//! How long a bundle of many policies takes to load: `cargo bench -p vicar-bundle`.

use vicar_bundle::{Bundle, Contents};
use vicar_policy::{
    EntityUid, Program, Value,
    ir::{
        ActionScope, BinaryOperator, Clause, ClauseKind, Effect, EntityScope, Expr, Policy,
        SourceSpan, Variable,
    },
};

fn main() {
    divan::main();
}

#[divan::bench(args = [20, 200, 2_000])]
fn load(bencher: divan::Bencher<'_, '_>, policies: usize) {
    let Some(bytes) = bundle(policies) else { return };
    bencher
        .counter(divan::counter::BytesCount::new(bytes.len()))
        .bench(|| Bundle::load(divan::black_box(&bytes)));
}

/// A bundle whose policies each name an agent and a tool and have two clauses.
fn bundle(policies: usize) -> Option<Vec<u8>> {
    let mut contents: Contents =
        serde_json::from_str(include_str!("../tests/data/contents.json")).ok()?;
    contents.program = Program::compile((0..policies).map(policy).collect()).ok()?.to_bytes();
    Some(Bundle::new(contents).ok()?.to_bytes())
}

fn policy(number: usize) -> Policy {
    let at = |column| SourceSpan { file: "policies.cedar".to_owned(), line: 1, column };
    let context =
        |name: &str| Expr::Attribute(Box::new(Expr::Variable(Variable::Context)), name.to_owned());
    let text = |text: String| Box::new(Expr::Literal(Value::String(text.into())));
    let clause = |text: &str, expression| Clause {
        kind: ClauseKind::When,
        expression,
        text: text.to_owned(),
        source: at(8),
    };
    let scope = format!("tools.scope-{number}");
    let contains = format!("context.scopes.contains(\"{scope}\")");
    Policy {
        id: format!("policy-{number}"),
        effect: if number.is_multiple_of(7) { Effect::Forbid } else { Effect::Permit },
        principal: EntityScope::Equal(EntityUid::new("Agent", format!("agent-{}", number % 50))),
        action: ActionScope::Equal(EntityUid::new("Action", "tools/call")),
        resource: EntityScope::Equal(EntityUid::new("Tool", format!("tools/tool-{number}"))),
        clauses: vec![
            clause(
                "context.mode == \"on_behalf_of\"",
                Expr::Binary(
                    BinaryOperator::Equal,
                    Box::new(context("mode")),
                    text("on_behalf_of".to_owned()),
                ),
            ),
            clause(
                &contains,
                Expr::Binary(BinaryOperator::Contains, Box::new(context("scopes")), text(scope)),
            ),
        ],
        annotations: vec![("reason".to_owned(), format!("tool {number} by its scope"))],
        source: at(1),
        reads_groups: false,
    }
}
