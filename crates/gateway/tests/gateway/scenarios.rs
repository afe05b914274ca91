//! Every file of `tests/scenarios`, played, with a snapshot beside it.

use crate::play::{Scenario, play};

/// Plays all scenarios of a file.
#[track_caller]
fn check(name: &str, file: &str) {
    let scenarios: Vec<Scenario> = serde_saphyr::from_str(file).unwrap();
    let mut log = String::new();
    for scenario in &scenarios {
        log.push_str(&format!("# {}\n{}\n", scenario.name, play(scenario)));
    }
    // The digest changes with every change of the bundle's form, and says nothing here.
    let log = mask_digest(&log);
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, log);
    });
}

fn mask_digest(log: &str) -> String {
    let mut pieces = log.split("sha256:");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str("sha256:…");
        out.push_str(piece.split_at(64).1);
    }
    out
}

macro_rules! scenarios {
    ($($name:ident),+) => {$(
        #[test]
        fn $name() {
            let name = stringify!($name);
            check(name, include_str!(concat!("../scenarios/", stringify!($name), ".yaml")));
        }
    )+};
}

scenarios!(answers, authorization, bodies, keys, lists, llm, mcp, requests, routes, vouched);
