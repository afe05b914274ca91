//! Every attack and mistake of the case list that a token or an identity can decide.
//!
//! `data/cases.json` has one row per attempt: the case's number (0: beyond the list), a base
//! token of `data/tokens.json` with changes, and the wanted refusal or part of the identity. Rows
//! with `decided_by` name the part of Vicar that answers a case which an identity cannot.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use serde::Deserialize;
use serde_json::Value;
use vicar_identity::{
    Contradiction, Directory, Identity, IdentityError, Profile, identify, reason,
};

use crate::common::{
    Claims, TENANT, bodies, changed, data, difference, directories, facts, object, profiles,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    case: u8,
    description: String,
    base: Option<String>,
    #[serde(default)]
    claims: Claims,
    header_type: Option<String>,
    profile: Option<String>,
    directory: Option<String>,
    decided_by: Option<String>,
    want: Option<Want>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Want {
    Identity(Value),
    Reason(String),
}

const CASES: u8 = 67;
const PARTS: [&str; 7] = ["doctor", "exchange", "gate", "keys", "lint", "policy", "token"];

impl Row {
    /// What Vicar says to it; `None` for a case that another part answers.
    fn outcome(&self, world: &World) -> Option<Result<Identity, IdentityError>> {
        let base = self.base.as_deref()?;
        let profile = &world.profiles[self.profile.as_deref().unwrap_or("entra")];
        let claims = object(&changed(&world.bodies[base], &self.claims));
        let facts = facts(profile, &claims, self.header_type.as_deref(), TENANT);
        let directory = &world.directories[self.directory.as_deref().unwrap_or("empty")];
        Some(identify(&facts, profile, directory))
    }
}

/// What the rows name.
struct World {
    bodies: BTreeMap<String, Claims>,
    profiles: BTreeMap<String, Profile>,
    directories: BTreeMap<String, Directory>,
}

impl World {
    fn read() -> Self {
        Self { bodies: bodies(), profiles: profiles(), directories: directories() }
    }
}

#[test]
fn every_case_has_its_answer() {
    let world = World::read();
    let mut failures = Vec::new();
    for row in data::<Vec<Row>>("cases.json") {
        let Some(outcome) = row.outcome(&world) else {
            let part = row.decided_by.as_deref().unwrap_or_default();
            assert!(PARTS.contains(&part), "case {}: {part}", row.case);
            continue;
        };
        let problem = match (row.want.as_ref().unwrap(), &outcome) {
            (Want::Reason(code), Err(error)) if error.reason().code == code => None,
            (Want::Identity(wanted), Ok(identity)) => {
                difference("", wanted, &serde_json::to_value(identity).unwrap())
            }
            (Want::Reason(code), other) => Some(format!("wanted `{code}`, got {other:?}")),
            (Want::Identity(_), Err(error)) => {
                Some(format!("refused as `{}`: {error}", error.reason()))
            }
        };
        failures
            .extend(problem.map(|what| format!("case {}, {}: {what}", row.case, row.description)));
    }
    assert!(failures.is_empty(), "{}:\n{}", failures.len(), failures.join("\n"));
}

/// Every sentence of an identity and every message of a refusal, to be read by people.
#[test]
fn every_answer_reads_well() {
    let world = World::read();
    let mut answers = String::new();
    for row in data::<Vec<Row>>("cases.json") {
        let Some(outcome) = row.outcome(&world) else { continue };
        let answer = match outcome {
            Ok(identity) => identity.to_string(),
            Err(error) => format!("{}: {error}\n    -> {}", error.reason(), error.remedy()),
        };
        let _ = writeln!(answers, "{:>2} {}\n    {answer}", row.case, row.description);
    }
    insta::assert_snapshot!("answers", answers);
}

#[test]
fn every_case_of_the_list_is_in_the_file() {
    let rows = data::<Vec<Row>>("cases.json");
    let seen: BTreeSet<u8> = rows.iter().map(|row| row.case).collect();
    let missing: Vec<u8> = (1..=CASES).filter(|case| !seen.contains(case)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// A contradiction that no row shows is one that nobody has tried.
#[test]
fn every_contradiction_is_shown_by_a_row() {
    let world = World::read();
    let shown: BTreeSet<Contradiction> = data::<Vec<Row>>("cases.json")
        .iter()
        .filter_map(|row| match row.outcome(&world) {
            Some(Err(IdentityError::Inconsistent(contradiction))) => Some(contradiction),
            _ => None,
        })
        .collect();
    assert_eq!(shown, BTreeSet::from(Contradiction::ALL));
}

/// A reason that no row wants is one that nobody has tried.
#[test]
fn every_reason_is_wanted_by_a_row() {
    let rows = data::<Vec<Row>>("cases.json");
    let wanted: BTreeSet<&str> = rows
        .iter()
        .filter_map(|row| match &row.want {
            Some(Want::Reason(code)) => Some(code.as_str()),
            _ => None,
        })
        .collect();
    for reason in reason::ALL {
        // Mappings are configuration: src/oidc/tests.rs has that one.
        assert!(wanted.contains(reason.code) || reason.code == "mapping_failed", "{reason}");
    }
}
