//! No text may bring the compiler of policies down, whatever it holds.

#![expect(clippy::expect_used, reason = "all of this is a test")]

use proptest::prelude::*;
use vicar_compiler::cedar::{KnownNames, Sources, compile_policies, lower_unvalidated};
use vicar_compiler::reference::{Reference, compare};
use vicar_policy::{Entities, EntityUid, Program, Record, Request};

const SCHEMA: &str = "entity A, B in [A]; action x appliesTo { principal: [A, B], resource: [A], \
                      context: { t: String, n: Long, r: { s: Set<String> } } };";

/// What every answer must keep: findings have places and texts, policies become programs.
fn compiles_or_tells(text: &str) {
    let files = [("p.cedar".to_owned(), text.to_owned())];
    let names = KnownNames::default();
    let sources = Sources { files: &files, links: &[], schema: SCHEMA, names: &names };
    match compile_policies(&sources) {
        Ok(compiled) => {
            Program::compile(compiled.policies).expect("what compiles makes a program");
        }
        Err(findings) => {
            assert!(!findings.is_empty());
            for finding in findings {
                assert!(finding.line > 0 && finding.column > 0, "{finding}");
                assert!(!finding.message.is_empty() && !finding.message.contains('\n'));
            }
        }
    }
}

fn wrapped(condition: &str) -> String {
    format!("@id(\"p\") permit(principal, action, resource) when {{ {condition} }};")
}

#[test]
fn hostile_texts_are_refused_or_compiled() {
    let deep = |open: &str, inside: &str, close: &str, times: usize| {
        wrapped(&format!("{}{inside}{}", open.repeat(times), close.repeat(times)))
    };
    for text in [
        deep("(", "true", ")", 64),
        deep("(", "true", ")", 100_000),
        deep("[", "1", "]", 60),
        deep("[", "1", "]", 100_000),
        deep("{a: ", "1", "}", 60),
        deep("!", "true", "", 100_000),
        deep("-", "1", "", 100_000),
        deep("if true then true else ", "true", "", 60),
        deep("if true then true else ", "true", "", 100_000),
        deep("true && ", "true", "", 4000),
        deep("true || ", "true", "", 100_000),
        deep("1 + ", "1", "", 8000),
        deep("1 * ", "1", "", 8000),
        wrapped(&format!("context{} == 1", ".a".repeat(8000))),
        wrapped(&format!("context has a{}", ".a".repeat(8000))),
        wrapped(&format!("context has a{}", ".a".repeat(150))),
        wrapped(&format!("context.t like \"{}\"", "*a".repeat(100_000))),
        wrapped(&format!("[{}].contains(1)", "1, ".repeat(50_000))),
        wrapped("\"\\u{110000}\" == \"\\xff\""),
        wrapped("99999999999999999999 == 1"),
        wrapped("-9223372036854775808 == - -9223372036854775808"),
        "\u{feff}permit(principal, action, resource);".to_owned(),
        "permit(principal, action, resource)".repeat(5000),
        "\0".repeat(5000),
        "\"".to_owned(),
        "//".to_owned(),
        "@".repeat(100_000),
        "@id(\"a\")".repeat(10_000),
    ] {
        compiles_or_tells(&text);
    }
}

/// A list of a thousand names with `||` between them is what people write.
#[test]
fn a_long_chain_compiles_and_answers_as_cedar_does() {
    let names: Vec<String> = (0..1000).map(|name| format!("context.t == \"{name}\"")).collect();
    let files = [("p.cedar".to_owned(), wrapped(&names.join(" || ")))];
    let program = Program::compile(lower_unvalidated(&files, &[]).expect("it lowers"))
        .expect("it makes a program");
    let reference = Reference::new(&files, &[]).expect("cedar reads it");
    let uid = EntityUid::new("A", "a");
    for (value, satisfied) in [("999", 1), ("1000", 0)] {
        let context: Record = [("t", value.into())].into_iter().collect();
        let request =
            Request { principal: &uid, action: &uid, resource: &uid, context: (&context).into() };
        let outcome = program.evaluate(&request, &Entities::default());
        assert_eq!(outcome.determining.len(), satisfied, "{value}");
        let cedar = reference.authorize(&request, &Entities::default()).expect("cedar answers");
        assert_eq!(compare(&cedar, &program, &outcome), Ok(()));
    }
}

const TOKENS: &[&str] = &[
    "@id(\"",
    "\")",
    "permit",
    "forbid",
    "(principal, action, resource)",
    "principal",
    "action",
    "resource",
    "context",
    "?principal",
    "when {",
    "unless {",
    "}",
    ";",
    "(",
    ")",
    "[",
    "]",
    "{",
    ",",
    ":",
    ".",
    ".t",
    ".n",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "==",
    "!=",
    "<",
    ">=",
    "=",
    "in",
    "has",
    "like",
    "is",
    "if",
    "then",
    "else",
    "A::\"a\"",
    "Action::\"x\"",
    "\"t\"",
    "1",
    "true",
    "ip(\"1.2.3.4\")",
    "decimal(",
    ".contains(",
    ".isEmpty()",
    "::",
    "\"",
    "//",
    "\\",
    "ü",
    "\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_refused_or_compiled(text in "\\PC{0,200}") {
        compiles_or_tells(&text);
    }

    #[test]
    fn any_condition_is_refused_or_compiled(tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..25)) {
        compiles_or_tells(&wrapped(&tokens.join(" ")));
    }

    #[test]
    fn any_sequence_of_tokens_is_refused_or_compiled(tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..40)) {
        compiles_or_tells(&tokens.join(" "));
    }
}
