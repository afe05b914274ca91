//! Cedar's own integration tests, through our lowering and our evaluator.
//!
//! They are not part of this repository; without `../shared/vectors` the test says so and ends.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "all of this is a test"
)]

use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use cedar_policy::{Context, EvalResult, PolicySet, Schema};
use serde_json::Value as Json;
use vicar_compiler::cedar::lower_unvalidated;
use vicar_compiler::reference::{Reference, compare};
use vicar_policy::value::IpNetwork;
use vicar_policy::{
    Decision, Entities, EntityDefinition, EntityStore, EntityUid, Program, Record, Request, Value,
};

#[test]
fn our_evaluator_passes_cedars_integration_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/cedar");
    if !root.is_dir() {
        skipped(&root);
        return;
    }
    let mut asked = 0;
    for path in test_files(&root.join("tests")) {
        asked += run(&root, &path);
    }
    println!("{asked} requests");
    assert_eq!(asked, 74, "requests in the vectors");
}

/// How many requests of the file were asked.
fn run(root: &Path, path: &Path) -> usize {
    let name = path.display();
    let test: Json = serde_json::from_str(&read(path)).expect("a test is JSON");
    let file = |member: &str| read(&root.join(test[member].as_str().expect("a path")));
    let schema = Schema::from_str(&file("schema")).expect("the schema");
    let entities = cedar_policy::Entities::from_json_str(&file("entities"), Some(&schema))
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let store = EntityStore::new(definitions(&entities), Entities::default())
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let layers = [&store];
    let layers = Entities::new(&layers);

    let files = [("policies.cedar".to_owned(), with_ids(&file("policies")))];
    let lowered =
        lower_unvalidated(&files, &[]).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let program = Program::compile(lowered).unwrap_or_else(|error| panic!("{name}: {error}"));
    let reference = Reference::new(&files, &[]).unwrap_or_else(|error| panic!("{name}: {error}"));

    let requests = test["requests"].as_array().expect("requests");
    for case in requests {
        let described = format!("{name}: {}", case["description"]);
        let action = cedar_uid(&case["action"]);
        let context = Context::from_json_value(case["context"].clone(), Some((&schema, &action)))
            .unwrap_or_else(|error| panic!("{described}: {error}"));
        let context = record_of(&context);
        let (principal, action, resource) =
            (uid(&case["principal"]), uid(&case["action"]), uid(&case["resource"]));
        let request = Request {
            principal: &principal,
            action: &action,
            resource: &resource,
            context: (&context).into(),
        };
        let outcome = program.evaluate(&request, &layers);

        let wanted = match case["decision"].as_str() {
            Some("allow") => Decision::Allow,
            Some("deny") => Decision::Deny,
            other => panic!("{described}: decision {other:?}"),
        };
        let named = |index: u32| program.policy(index).expect("in range").id().to_owned();
        let mut determining: Vec<_> =
            outcome.determining.iter().map(|index| named(*index)).collect();
        let mut erring: Vec<_> = outcome.erring.iter().map(|erring| named(erring.policy)).collect();
        determining.sort();
        erring.sort();
        assert_eq!(outcome.cedar_decision, wanted, "{described}");
        assert_eq!(determining, strings(&case["reason"]), "{described}");
        assert_eq!(erring, strings(&case["errors"]), "{described}");

        let cedar = reference.authorize_with(&request, &entities).expect("cedar answers");
        compare(&cedar, &program, &outcome)
            .unwrap_or_else(|difference| panic!("{described}: {difference}"));
    }
    requests.len()
}

/// The policies under the names that the vectors use: `policy0`, `policy1`, …
fn with_ids(text: &str) -> String {
    let set = PolicySet::from_str(text).expect("the policies");
    assert_eq!(set.num_of_templates(), 0, "the vectors have no templates");
    let mut policies: Vec<_> = set.policies().collect();
    policies.sort_by_key(|policy| {
        policy.id().to_string().trim_start_matches("policy").parse::<u32>().expect("a number")
    });
    policies
        .into_iter()
        .map(|policy| {
            format!("@id(\"{}\")\n{}\n", policy.id(), policy.to_cedar().expect("a static policy"))
        })
        .collect()
}

fn definitions(entities: &cedar_policy::Entities) -> Vec<EntityDefinition> {
    entities
        .iter()
        .map(|entity| {
            let read = |(name, value): (&str, Result<EvalResult, _>)| {
                (name.to_owned(), value_of(&value.expect("no unknowns")))
            };
            let parents = entities.ancestors(&entity.uid()).into_iter().flatten();
            EntityDefinition::new(uid_of(&entity.uid()))
                .with_attributes(
                    entity
                        .attrs()
                        .map(|(name, value)| read((name, value.map_err(|error| error.to_string()))))
                        .collect(),
                )
                .within(parents.map(uid_of))
        })
        .collect()
}

fn record_of(context: &Context) -> Record {
    context
        .clone()
        .into_iter()
        .map(|(name, _)| {
            let value = value_of(&context.get(&name).expect("it was listed"));
            (name, value)
        })
        .collect()
}

fn value_of(value: &EvalResult) -> Value {
    match value {
        EvalResult::Bool(value) => Value::Bool(*value),
        EvalResult::EntityUid(uid) => Value::Entity(uid_of(uid)),
        EvalResult::ExtensionValue(text) => extension(text),
        EvalResult::Long(value) => Value::Long(*value),
        EvalResult::Record(record) => Value::Record(
            record.iter().map(|(name, value)| (name.as_str(), value_of(value))).collect(),
        ),
        EvalResult::Set(set) => Value::Set(set.iter().map(value_of).collect()),
        EvalResult::String(text) => Value::String(text.as_str().into()),
    }
}

/// `ip("…")` and `decimal("…")`: all that the vectors hold as data.
fn extension(text: &str) -> Value {
    let (function, argument) = text.split_once("(\"").expect("a call");
    let argument = argument.strip_suffix("\")").expect("one string");
    match function {
        "decimal" => {
            let (whole, parts) = argument.split_once('.').expect("a point");
            Value::Decimal(format!("{whole}{parts:0<4}").parse().expect("a number"))
        }
        "ip" => {
            let (address, prefix) =
                argument.split_once('/').map_or((argument, None), |(address, prefix)| {
                    (address, Some(prefix.parse().expect("a prefix")))
                });
            let address: IpAddr = address.parse().expect("an address");
            let longest = if address.is_ipv4() { 32 } else { 128 };
            Value::Ip(IpNetwork { address, prefix: prefix.unwrap_or(longest) })
        }
        other => panic!("the vectors had no `{other}` values"),
    }
}

fn uid(json: &Json) -> EntityUid {
    uid_of(&cedar_uid(json))
}

fn cedar_uid(json: &Json) -> cedar_policy::EntityUid {
    cedar_policy::EntityUid::from_json(json.clone()).expect("an entity")
}

fn uid_of(uid: &cedar_policy::EntityUid) -> EntityUid {
    EntityUid::new(uid.type_name().to_string(), uid.id().unescaped())
}

fn strings(json: &Json) -> Vec<String> {
    let mut strings: Vec<String> = json
        .as_array()
        .expect("a list")
        .iter()
        .map(|id| id.as_str().expect("an id").to_owned())
        .collect();
    strings.sort();
    strings
}

fn test_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(test_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Says so where the harness does not swallow it; `tools/test.sh` counts these lines.
fn skipped(path: &Path) {
    let _ = writeln!(std::io::stderr(), "skipped: {} is not there", path.display());
}
