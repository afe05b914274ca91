//! The evaluator on bundles of 20, 200 and 2,000 policies: a quarter forbids, most policies for
//! one tool each, five for every tool. The comparison with `cedar-policy` is `make bench`.

#![expect(clippy::unwrap_used, reason = "a bench without its input should stop")]

use divan::{Bencher, black_box};
use vicar_policy::{
    Entities, EntityDefinition, EntityStore, EntityUid, Evaluation, Program, Record, Request, Set,
    Value,
    ir::{
        ActionScope, BinaryOperator, Clause, ClauseKind, Effect, EntityScope, Expr, Policy,
        SourceSpan, Variable,
    },
};

const SIZES: [usize; 3] = [20, 200, 2_000];
/// Policies that apply to every tool.
const GENERAL: usize = 5;

fn main() {
    divan::main();
}

/// A decision into a buffer that is used again: what the data path does.
#[divan::bench(args = SIZES)]
fn decide(bencher: Bencher<'_, '_>, policies: usize) {
    let program = program(policies);
    let world = World::new();
    let mut evaluation = Evaluation::default();
    bencher.bench_local(|| {
        world.ask(|request, entities| {
            program.evaluate_into(black_box(request), entities, &mut evaluation).decision
        })
    });
}

/// A decision with a result of its own.
#[divan::bench(args = SIZES)]
fn decide_into_new_outcome(bencher: Bencher<'_, '_>, policies: usize) {
    let program = program(policies);
    let world = World::new();
    bencher.bench_local(|| {
        world.ask(|request, entities| program.evaluate(black_box(request), entities))
    });
}

/// The whole explanation in words.
#[divan::bench(args = SIZES)]
fn explain(bencher: Bencher<'_, '_>, policies: usize) {
    let program = program(policies);
    let world = World::new();
    bencher.bench_local(|| {
        world.ask(|request, entities| program.explain(black_box(request), entities).len())
    });
}

/// Checking and loading a program.
#[divan::bench(args = SIZES)]
fn load(bencher: Bencher<'_, '_>, policies: usize) {
    let bytes = program(policies).to_bytes();
    bencher.bench_local(|| Program::from_bytes(black_box(&bytes)));
}

/// The entities of one token on top of a directory of a thousand.
#[divan::bench]
fn build_token_entities(bencher: Bencher<'_, '_>) {
    let directory = directory();
    let layers = [&directory];
    bencher
        .with_inputs(token_entities)
        .bench_local_values(|entities| EntityStore::new(entities, Entities::new(&layers)));
}

struct World {
    directory: EntityStore,
    token: EntityStore,
    principal: EntityUid,
    action: EntityUid,
    resource: EntityUid,
    context: Record,
}

impl World {
    fn new() -> Self {
        let directory = directory();
        let token = EntityStore::new(token_entities(), Entities::new(&[&directory])).unwrap();
        let texts = |texts: &[&str]| -> Value {
            Value::Set(texts.iter().map(|text| Value::from(*text)).collect::<Set>())
        };
        let subject: Record = [("id", "s-1"), ("kind", "user"), ("realm", "t-1")]
            .into_iter()
            .map(|(name, value)| (name, Value::from(value)))
            .collect();
        let context = [
            ("mode", Value::from("on_behalf_of")),
            ("subject", subject.into()),
            ("scopes", texts(&["Ledger.Read", "Mail.Send", "openid"])),
            ("roles", texts(&[])),
            ("capabilities", texts(&["cp1"])),
            ("user", EntityUid::new("User", "t-1/dana").into()),
            ("tenant", EntityUid::new("Tenant", "contoso").into()),
            ("now", Value::Datetime(1_790_000_000_000)),
            ("auth", [("age", Value::from(90))].into_iter().collect::<Record>().into()),
            ("token", [("bound", Value::from(false))].into_iter().collect::<Record>().into()),
            ("request", [("method", Value::from("POST"))].into_iter().collect::<Record>().into()),
        ];
        Self {
            directory,
            token,
            principal: EntityUid::new("Agent", "invoice"),
            action: EntityUid::new("Action", "tools/call"),
            resource: EntityUid::new("Tool", "ledger/tool-7"),
            context: context.into_iter().collect(),
        }
    }

    fn ask<T>(&self, body: impl FnOnce(&Request<'_>, &Entities<'_>) -> T) -> T {
        let request = Request {
            principal: &self.principal,
            action: &self.action,
            resource: &self.resource,
            context: (&self.context).into(),
        };
        body(&request, &Entities::new(&[&self.directory, &self.token]))
    }
}

fn directory() -> EntityStore {
    let tools = (0..1_000).map(|number| {
        let scopes: Set = [Value::from("Ledger.Read")].into_iter().collect();
        let attributes = [("scopes", Value::Set(scopes))];
        EntityDefinition::new(EntityUid::new("Tool", format!("ledger/tool-{number}")))
            .with_attributes(attributes.into_iter().collect())
            .within([EntityUid::new("McpServer", "ledger")])
    });
    let action = EntityDefinition::new(EntityUid::new("Action", "tools/call"))
        .within([EntityUid::new("Action", "mcp")]);
    let blueprint = EntityDefinition::new(EntityUid::new("Blueprint", "finance"))
        .within([EntityUid::new("Tenant", "contoso")]);
    EntityStore::new(tools.chain([action, blueprint]).collect(), Entities::default()).unwrap()
}

fn token_entities() -> Vec<EntityDefinition> {
    let groups = (0..6).map(|number| EntityUid::new("Group", format!("t-1/{number}")));
    let agent = [("id", "a-1"), ("realm", "t-1"), ("evidence", "registered")];
    let attributes = agent.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
    vec![
        EntityDefinition::new(EntityUid::new("Agent", "invoice"))
            .with_attributes(attributes)
            .within([EntityUid::new("Blueprint", "finance")]),
        EntityDefinition::new(EntityUid::new("User", "t-1/dana")).within(groups),
    ]
}

/// `context.a.b`
fn context(path: &str) -> Expr {
    path.split('.').fold(Expr::Variable(Variable::Context), |of, name| {
        Expr::Attribute(Box::new(of), name.into())
    })
}

fn binary(operator: BinaryOperator, left: Expr, right: Expr) -> Expr {
    Expr::Binary(operator, Box::new(left), Box::new(right))
}

fn program(policies: usize) -> Program {
    let literal = |text: &str| Expr::Literal(Value::from(text));
    let scopes = Expr::Attribute(Box::new(Expr::Variable(Variable::Resource)), "scopes".into());
    // Two clauses that every policy has, and three that only it has.
    let clauses = |index: usize| {
        let group = |name: String| Expr::Literal(EntityUid::new("Group", name).into());
        let kinds = Expr::Set(vec![literal("user"), literal(&format!("kind-{index}"))]);
        let groups = Expr::Set(vec![group("t-1/3".into()), group(format!("t-1/other-{index}"))]);
        [
            binary(BinaryOperator::Equal, context("mode"), literal("on_behalf_of")),
            binary(BinaryOperator::ContainsAny, context("scopes"), scopes.clone()),
            binary(BinaryOperator::Contains, kinds, context("subject.kind")),
            binary(BinaryOperator::In, context("user"), groups),
            binary(
                BinaryOperator::Less,
                context("auth.age"),
                Expr::Literal((3_600 + index as i64).into()),
            ),
        ]
    };
    let source = |line| SourceSpan { file: "policies.cedar".into(), line, column: 1 };
    let policy = |index: usize| {
        let is_forbid = index.is_multiple_of(4);
        let resource = match index {
            0..GENERAL => EntityScope::Is("Tool".into()),
            _ => EntityScope::Equal(EntityUid::new("Tool", format!("ledger/tool-{index}"))),
        };
        let clauses = clauses(index).into_iter().map(|expression| Clause {
            kind: ClauseKind::When,
            // A forbid has the first clause the other way round, so that it does not apply.
            expression: match is_forbid {
                true => Expr::Not(Box::new(expression)),
                false => expression,
            },
            text: format!("clause of policy {index}"),
            source: source(index as u32),
        });
        Policy {
            id: format!("policy-{index}"),
            effect: if is_forbid { Effect::Forbid } else { Effect::Permit },
            principal: EntityScope::In(EntityUid::new("Tenant", "contoso")),
            action: ActionScope::In(vec![EntityUid::new("Action", "mcp")]),
            resource,
            clauses: clauses.collect(),
            annotations: vec![("reason".into(), format!("why policy {index}"))],
            source: source(index as u32),
            reads_groups: true,
        }
    };
    Program::compile((0..policies).map(policy).collect()).unwrap()
}
