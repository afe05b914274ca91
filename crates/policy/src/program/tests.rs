use proptest::prelude::*;

use super::{MAX_DEPTH, Program, row::Node};
use crate::{
    CompileError, Entities, ProgramError, Request, Value,
    ir::{ActionScope, EntityScope, Expr, PatternPart, Policy},
    test_support::*,
};

fn example() -> Vec<Policy> {
    let network = crate::extension::ip::parse("fe80::/10").unwrap();
    vec![
        Policy {
            principal: EntityScope::IsIn("Agent".into(), uid("Tenant", "contoso")),
            action: ActionScope::In(vec![uid("Action", "mcp"), uid("Action", "call")]),
            resource: EntityScope::Equal(uid("Tool", "ledger/search")),
            annotations: vec![("advice".into(), "ask".into()), ("reason".into(), "read".into())],
            reads_groups: true,
            ..permit("read")
                .when("context.mode == \"x\"", equal(context("mode"), lit("x")))
                .when("like", like(context("mode"), "a**b*"))
                .unless("in", Expr::Set(vec![lit(Value::Ip(network)), context("count")]))
        },
        forbid("stop").when(
            "constants",
            equal(
                lit(set([Value::Long(-1), record([("a", Value::Decimal(15_000))]).into()])),
                lit(Value::Datetime(i64::MIN)),
            ),
        ),
    ]
}

#[test]
fn bytes_read_back() {
    let program = Program::compile(example()).unwrap();
    let bytes = program.to_bytes();
    let read = Program::from_bytes(&bytes).unwrap();
    assert_eq!(read, program);
    assert_eq!(read.to_bytes(), bytes);
    assert_eq!(read.constants, program.constants);
}

#[test]
fn policies_read_back() {
    let source = example();
    let program = Program::compile(source.clone()).unwrap();
    assert_eq!(program.len(), source.len());
    for (policy, source) in program.policies().zip(source) {
        assert_eq!(policy.id(), source.id);
        assert_eq!(policy.effect(), source.effect);
        assert_eq!(policy.reads_groups(), source.reads_groups);
        assert_eq!(policy.source(), source.source);
        assert_eq!(policy.principal(), source.principal);
        assert_eq!(policy.action(), source.action);
        assert_eq!(policy.resource(), source.resource);
        let annotations = source.annotations.iter().map(|(name, value)| (&**name, &**value));
        assert!(policy.annotations().eq(annotations));
        assert_eq!(policy.annotation("missing"), None);
        for (clause, source) in policy.clauses().zip(&source.clauses) {
            assert_eq!((clause.kind(), clause.text()), (source.kind, &*source.text));
            assert_eq!(clause.source(), source.source);
        }
    }
}

#[test]
fn ids_and_attributes_are_unique() {
    assert_eq!(
        Program::compile(vec![permit("a"), forbid("a")]).unwrap_err(),
        CompileError::DuplicateId { policy: "a".into() }
    );
    for value in [lit(1), context("count")] {
        let record = Expr::Record(vec![("x".into(), value.clone()), ("x".into(), value)]);
        assert_eq!(
            Program::compile(vec![permit("a").when("", record)]).unwrap_err(),
            CompileError::DuplicateAttribute { policy: "a".into(), name: "x".into() }
        );
    }
}

#[test]
fn depth_is_bounded_for_expressions_and_constants() {
    let error = CompileError::TooDeep { policy: "a".into(), limit: MAX_DEPTH };
    let deep = (0..MAX_DEPTH).fold(context("bound"), |inner, _| not(inner));
    assert_eq!(Program::compile(vec![permit("a").when("", deep)]).unwrap_err(), error);

    let constant = |levels| (0..levels).fold(Value::Long(1), |inner, _| set([inner]).into());
    let nested = |levels| Program::compile(vec![permit("a").when("", lit(constant(levels)))]);
    assert!(nested(MAX_DEPTH - 1).is_ok());
    assert_eq!(nested(MAX_DEPTH).unwrap_err(), error);
}

#[test]
fn a_long_chain_is_one_level() {
    let to_the_left = (0..5_000).fold(lit(true), |chain, _| and(chain, context("bound")));
    let to_the_right = (0..5_000).fold(lit(true), |chain, _| or(context("bound"), chain));
    let policy = permit("a").when("", to_the_left).when("", to_the_right);
    let program = Program::compile(vec![policy]).unwrap();
    assert!(
        program
            .tables
            .nodes
            .iter()
            .any(|node| matches!(node, Node::Any(list) if list.count == 5_001))
    );
}

#[test]
fn neighbouring_parts_of_a_pattern_become_one() {
    let text = |text: &str| PatternPart::Text(text.into());
    let parts = vec![
        PatternPart::Wildcard,
        text("a"),
        text(""),
        text("b"),
        PatternPart::Wildcard,
        PatternPart::Wildcard,
    ];
    let matches = Expr::Like(Box::new(lit("xaaby")), parts);
    assert_eq!(value_of(matches), Ok(Value::Bool(true)));
}

#[test]
fn constants_are_folded() {
    let range = call(crate::ir::ExtensionFunction::Ip, [lit("10.0.0.0/8")]);
    let folded = Expr::Set(vec![range, Expr::Negate(Box::new(lit(1)))]);
    let program = Program::compile(vec![permit("a").when("", folded)]).unwrap();
    assert!(matches!(*program.tables.nodes, [Node::Literal(_)]));
}

#[test]
fn other_bytes_are_refused() {
    let bytes = Program::compile(example()).unwrap().to_bytes();
    assert_eq!(Program::from_bytes(&[]), Err(ProgramError::NotAProgram));
    assert_eq!(
        Program::from_bytes(b"{\"json\": \"is not a program, however long it is\"}"),
        Err(ProgramError::NotAProgram)
    );

    let mut newer = bytes.clone();
    newer[4] = 9;
    assert_eq!(Program::from_bytes(&newer), Err(ProgramError::WrongVersion { wanted: 1, seen: 9 }));

    let text = Program::from_bytes(&bytes).unwrap().tables.strings.blob.len() as u64;
    let shorter = &bytes[..bytes.len() - 1];
    let wrong = |seen| Err(ProgramError::WrongLength { wanted: text, seen });
    assert_eq!(Program::from_bytes(shorter), wrong(text - 1));
    assert_eq!(Program::from_bytes(&[&*bytes, b"x"].concat()), wrong(text + 1));

    // Counts that would ask for all memory.
    let huge = [&bytes[..5], &[0xff, 0xff, 0xff, 0xff, 0x0f].repeat(7)].concat();
    assert!(matches!(Program::from_bytes(&huge), Err(ProgramError::WrongLength { .. })));
}

#[test]
fn a_number_has_one_form() {
    let bytes = Program::compile(Vec::new()).unwrap().to_bytes();
    assert_eq!(bytes[5..], [0; 7]);
    for longer in [&[0x80, 0x00][..], &[0x80; 6], &[0xff, 0xff, 0xff, 0xff, 0x1f], &[0x80]] {
        let forged = [&bytes[..5], longer, &bytes[6..]].concat();
        assert_eq!(Program::from_bytes(&forged), Err(ProgramError::NotAProgram), "{longer:x?}");
    }
}

#[test]
fn a_node_may_not_be_shared() {
    let source = vec![permit("a").when("", equal(context("count"), context("count")))];
    let mut program = Program::compile(source).unwrap();
    // A node with two parents, again and again, would take exponential time.
    let Some(Node::Binary(operator, left, _)) = program.tables.nodes.pop() else { panic!() };
    program.tables.nodes.push(Node::Binary(operator, left, left));
    let error = Program::from_bytes(&program.to_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "the policy program has an invalid row 4 in its table of nodes");
}

proptest! {
    #[test]
    fn any_program_reads_back(policies in any_policies(any_expression(), 0..6)) {
        let program = Program::compile(policies.clone()).unwrap();
        let bytes = program.to_bytes();
        prop_assert_eq!(&Program::compile(policies).unwrap().to_bytes(), &bytes);
        let read = Program::from_bytes(&bytes).unwrap();
        prop_assert_eq!(read, program);
    }

    #[test]
    fn forged_bytes_neither_load_wrongly_nor_panic(
        policies in any_policies(any_expression(), 1..5),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        context in any_record(),
    ) {
        let mut bytes = Program::compile(policies).unwrap().to_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            // Small numbers hit what exists more often than random ones.
            bytes[at] = byte % 16;
        }
        if let Ok(program) = Program::from_bytes(&bytes) {
            // What loads has one form only, and can be asked and explained.
            prop_assert_eq!(program.to_bytes(), bytes);
            let (principal, action) = (uid("A", "1"), uid("B", "2"));
            let request = Request { principal: &principal, action: &action, resource: &principal, context: (&context).into() };
            let outcome = program.evaluate(&request, &Entities::default());
            for erring in outcome.erring {
                prop_assert_ne!(erring.error, crate::EvaluationError::InvalidProgram);
            }
            program.explain(&request, &Entities::default());
            program.near_misses(&request, &Entities::default(), 9);
        }
    }

    #[test]
    fn random_bytes_do_not_load(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Program::from_bytes(&bytes).is_err());
    }
}

#[test]
fn what_policies_read_of_the_context_is_known() {
    let reading = |expression| Program::compile(vec![permit("p").when("", expression)]).unwrap();
    let attribute = reading(equal(context("subject.id"), lit("x")));
    assert!(attribute.reads_context("subject") && !attribute.reads_context("id"));
    let presence = reading(has(context(""), "user"));
    assert!(presence.reads_context("user") && !presence.reads_context("subject"));
    // Beside reading an attribute, this takes the context as a value.
    let whole = equal(Expr::Set(vec![context(""), context("a")]), lit(set([])));
    assert!(reading(whole).reads_context("anything"));
    assert!(!Program::compile(vec![permit("p")]).unwrap().reads_context("a"));
}
