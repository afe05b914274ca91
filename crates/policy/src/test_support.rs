//! Short ways to write policies, expressions and requests in tests.

use proptest::prelude::*;

use crate::{
    Entities, EntityDefinition, EntityStore, EntityUid, EvaluationError, Outcome, Program, Record,
    Request, Set, Value,
    evaluate::{Evaluator, Scratch},
    ir::{
        ActionScope, BinaryOperator, Clause, ClauseKind, Effect, EntityScope, Expr,
        ExtensionFunction, PatternPart, Policy, SourceSpan, Variable,
    },
};

pub(crate) fn uid(entity_type: &str, id: &str) -> EntityUid {
    EntityUid::new(entity_type, id)
}

pub(crate) fn record<const N: usize>(attributes: [(&str, Value); N]) -> Record {
    attributes.into_iter().collect()
}

pub(crate) fn set<const N: usize>(elements: [Value; N]) -> Set {
    elements.into_iter().collect()
}

pub(crate) fn span(line: u32) -> SourceSpan {
    SourceSpan { file: "policies.cedar".into(), line, column: 3 }
}

/// A policy for everything.
pub(crate) fn policy(id: &str, effect: Effect) -> Policy {
    Policy {
        id: id.into(),
        effect,
        principal: EntityScope::Any,
        action: ActionScope::Any,
        resource: EntityScope::Any,
        clauses: vec![],
        annotations: vec![],
        source: span(1),
        reads_groups: false,
    }
}

pub(crate) fn permit(id: &str) -> Policy {
    policy(id, Effect::Permit)
}

pub(crate) fn forbid(id: &str) -> Policy {
    policy(id, Effect::Forbid)
}

impl Policy {
    pub(crate) fn when(mut self, text: &str, expression: Expr) -> Self {
        let source = span(2 + self.clauses.len() as u32);
        let text = text.into();
        self.clauses.push(Clause { kind: ClauseKind::When, expression, text, source });
        self
    }

    pub(crate) fn unless(mut self, text: &str, expression: Expr) -> Self {
        self = self.when(text, not(expression));
        self.clauses.last_mut().unwrap().kind = ClauseKind::Unless;
        self
    }
}

pub(crate) fn lit(value: impl Into<Value>) -> Expr {
    Expr::Literal(value.into())
}

pub(crate) fn var(variable: Variable) -> Expr {
    Expr::Variable(variable)
}

pub(crate) fn principal() -> Expr {
    var(Variable::Principal)
}

pub(crate) fn resource() -> Expr {
    var(Variable::Resource)
}

/// `context.a.b` for `"a.b"`; `context` for `""`.
pub(crate) fn context(path: &str) -> Expr {
    path.split('.').filter(|name| !name.is_empty()).fold(var(Variable::Context), attribute)
}

pub(crate) fn attribute(of: Expr, name: &str) -> Expr {
    Expr::Attribute(Box::new(of), name.into())
}

pub(crate) fn has(of: Expr, name: &str) -> Expr {
    Expr::Has(Box::new(of), name.into())
}

pub(crate) fn is(of: Expr, entity_type: &str) -> Expr {
    Expr::Is(Box::new(of), entity_type.into())
}

pub(crate) fn not(of: Expr) -> Expr {
    Expr::Not(Box::new(of))
}

pub(crate) fn and(left: Expr, right: Expr) -> Expr {
    Expr::And(Box::new(left), Box::new(right))
}

pub(crate) fn or(left: Expr, right: Expr) -> Expr {
    Expr::Or(Box::new(left), Box::new(right))
}

pub(crate) fn choose(test: Expr, consequent: Expr, alternative: Expr) -> Expr {
    Expr::If(Box::new(test), Box::new(consequent), Box::new(alternative))
}

pub(crate) fn binary(operator: BinaryOperator, left: Expr, right: Expr) -> Expr {
    Expr::Binary(operator, Box::new(left), Box::new(right))
}

pub(crate) fn equal(left: Expr, right: Expr) -> Expr {
    binary(BinaryOperator::Equal, left, right)
}

pub(crate) fn call<const N: usize>(function: ExtensionFunction, arguments: [Expr; N]) -> Expr {
    Expr::Call(function, arguments.into())
}

/// A pattern from text in which `*` is a wildcard.
pub(crate) fn like(of: Expr, pattern: &str) -> Expr {
    let mut parts = Vec::new();
    for (index, text) in pattern.split('*').enumerate() {
        if index > 0 {
            parts.push(PatternPart::Wildcard);
        }
        parts.push(PatternPart::Text(text.into()));
    }
    Expr::Like(Box::new(of), parts)
}

/// A small world: an agent in a blueprint in a tenant, and a tool in a server.
pub(crate) fn world() -> EntityStore {
    let agent = EntityDefinition::new(uid("Agent", "invoice"))
        .with_attributes(record([
            ("name", "Invoice agent".into()),
            ("limit", 50.into()),
            ("owner", uid("User", "dana").into()),
            ("home", uid("Site", "nowhere").into()),
        ]))
        .with_tags(record([("stage", "live".into())]))
        .within([uid("Blueprint", "finance")]);
    let blueprint =
        EntityDefinition::new(uid("Blueprint", "finance")).within([uid("Tenant", "contoso")]);
    let owner = EntityDefinition::new(uid("User", "dana"))
        .with_attributes(record([("mail", "dana@contoso.example".into())]));
    let tool = EntityDefinition::new(uid("Tool", "ledger/search"))
        .with_attributes(record([("scopes", set(["Ledger.Read".into()]).into())]))
        .within([uid("McpServer", "ledger")]);
    let action = EntityDefinition::new(uid("Action", "tools/call")).within([uid("Action", "mcp")]);
    EntityStore::new(vec![agent, blueprint, owner, tool, action], Entities::default()).unwrap()
}

/// The context that goes with [`world`].
pub(crate) fn world_context() -> Record {
    record([
        ("mode", "autonomous".into()),
        ("scopes", set(["Ledger.Read".into(), "Mail.Send".into()]).into()),
        ("count", 7.into()),
        ("bound", false.into()),
        ("subject", record([("id", "s-1".into()), ("tenant", "t-1".into())]).into()),
    ])
}

/// Asks `program` whether the agent may call the tool.
pub(crate) fn ask(program: &Program) -> Outcome {
    with_world(|request, entities| program.evaluate(request, entities))
}

pub(crate) fn with_world<T>(body: impl FnOnce(&Request<'_>, &Entities<'_>) -> T) -> T {
    let (store, context) = (world(), world_context());
    let request = Request {
        principal: &uid("Agent", "invoice"),
        action: &uid("Action", "tools/call"),
        resource: &uid("Tool", "ledger/search"),
        context: (&context).into(),
    };
    body(&request, &Entities::new(&[&store]))
}

/// The value of an expression in the small world.
pub(crate) fn value_of(expression: Expr) -> Result<Value, EvaluationError> {
    let program = Program::compile(vec![permit("p").when("", expression)]).unwrap();
    let root = program.policies().next().unwrap().clauses().next().unwrap().expression();
    with_world(|request, entities| {
        let mut scratch = Scratch::default();
        let evaluator = Evaluator::new(&program, request, entities, &mut scratch.located);
        evaluator.value(root).map(|operand| operand.into_value()).map_err(|error| *error)
    })
}

/// Names few enough to meet.
fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["mode", "scopes", "count", "subject", "owner", "x y"])
        .prop_map(str::to_owned)
}

/// Uids few enough to meet.
pub(crate) fn any_uid() -> impl Strategy<Value = EntityUid> {
    (prop::sample::select(vec!["A", "B"]), prop::sample::select(vec!["1", "2", "3", "4"]))
        .prop_map(|(entity_type, id)| uid(entity_type, id))
}

pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        any::<bool>().prop_map(Value::from),
        prop_oneof![any::<i64>(), -2..9_i64].prop_map(Value::from),
        name().prop_map(|text| Value::from(text.as_str())),
        any_uid().prop_map(Value::from),
        any::<i64>().prop_map(Value::Datetime),
        any::<i64>().prop_map(Value::Decimal),
        any::<i64>().prop_map(Value::Duration),
        prop::sample::select(vec!["10.0.0.0/8", "10.1.2.3", "::1", "ff00::/8"])
            .prop_map(|text| Value::Ip(crate::extension::ip::parse(text).unwrap())),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|elements| Value::Set(elements.into_iter().collect())),
            prop::collection::vec((name(), inner), 0..4)
                .prop_map(|attributes| Value::Record(attributes.into_iter().collect())),
        ]
    })
}

pub(crate) fn any_record() -> impl Strategy<Value = Record> {
    prop::collection::vec((name(), any_value()), 0..5)
        .prop_map(|attributes| attributes.into_iter().collect())
}

pub(crate) fn any_expression() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        any_value().prop_map(Expr::Literal),
        prop::sample::select(Variable::ALL.to_vec()).prop_map(Expr::Variable),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let pair = (inner.clone(), inner.clone());
        let operator = prop::sample::select(BinaryOperator::ALL.to_vec());
        let function = prop::sample::select(ExtensionFunction::ALL.to_vec());
        prop_oneof![
            pair.clone().prop_map(|(left, right)| and(left, right)),
            pair.clone().prop_map(|(left, right)| or(left, right)),
            (operator, pair).prop_map(|(operator, (left, right))| binary(operator, left, right)),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| choose(a, b, c)),
            inner.clone().prop_map(not),
            inner.clone().prop_map(|of| Expr::Negate(Box::new(of))),
            inner.clone().prop_map(|of| Expr::IsEmpty(Box::new(of))),
            (inner.clone(), name()).prop_map(|(of, name)| attribute(of, &name)),
            (inner.clone(), name()).prop_map(|(of, name)| has(of, &name)),
            inner.clone().prop_map(|of| is(of, "A")),
            (inner.clone(), "[*mo]{0,4}").prop_map(|(of, pattern)| like(of, &pattern)),
            (function, prop::collection::vec(inner.clone(), 1..3))
                .prop_map(|(function, arguments)| Expr::Call(function, arguments)),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Expr::Set),
            prop::collection::btree_map(name(), inner, 0..3)
                .prop_map(|attributes| Expr::Record(attributes.into_iter().collect())),
        ]
    })
}

fn any_scope() -> impl Strategy<Value = EntityScope> {
    let entity_type = prop::sample::select(vec!["A", "B"]).prop_map(str::to_owned);
    prop_oneof![
        Just(EntityScope::Any),
        any_uid().prop_map(EntityScope::Equal),
        any_uid().prop_map(EntityScope::In),
        entity_type.clone().prop_map(EntityScope::Is),
        (entity_type, any_uid()).prop_map(|(kind, uid)| EntityScope::IsIn(kind, uid)),
    ]
}

/// Policies with unique ids.
pub(crate) fn any_policies(
    expressions: impl Strategy<Value = Expr>,
    count: std::ops::Range<usize>,
) -> impl Strategy<Value = Vec<Policy>> {
    let action = prop_oneof![
        Just(ActionScope::Any),
        any_uid().prop_map(ActionScope::Equal),
        prop::collection::vec(any_uid(), 0..4).prop_map(ActionScope::In),
    ];
    let effect = prop::sample::select(vec![Effect::Permit, Effect::Forbid]);
    let clauses = prop::collection::vec(expressions, 0..3);
    let one = (effect, any_scope(), action, any_scope(), clauses, any::<bool>()).prop_map(
        |(effect, principal, action, resource, expressions, reads_groups)| {
            let policy = Policy { principal, action, resource, reads_groups, ..policy("", effect) };
            let policy = Policy { annotations: vec![("reason".into(), "r".into())], ..policy };
            expressions.into_iter().fold(policy, |policy, expression| policy.when("t", expression))
        },
    );
    prop::collection::vec(one, count).prop_map(|mut policies| {
        for (index, policy) in policies.iter_mut().enumerate() {
            policy.id = format!("p{index}");
        }
        policies
    })
}

/// A hierarchy over [`any_uid`]s without cycles.
pub(crate) fn any_entities() -> impl Strategy<Value = Vec<EntityDefinition>> {
    let one = (any_record(), any_record(), prop::collection::vec(any_uid(), 0..3));
    prop::collection::btree_map(any_uid(), one, 0..6).prop_map(|entities| {
        entities
            .into_iter()
            .map(|(uid, (attributes, tags, parents))| EntityDefinition {
                // Upwards only: no cycle.
                parents: parents.into_iter().filter(|parent| *parent > uid).collect(),
                uid,
                attributes,
                tags,
            })
            .collect()
    })
}
