//! What the engine writes is what the views (and so the schemas) describe: under test they refuse
//! members that they do not know.

use std::path::Path;

use vicar_token::TrustedIssuer;

use super::{
    bundle_input,
    inspect::InspectionView,
    keys_input::trust_test_keys,
    verdict_view::VerdictView,
    verify::{AdmissionView, RefusalView},
};
use crate::{
    call::OwnedCall,
    engine::{Engine, NativeEngine, Verification},
    test_runner::presented_token,
};

#[test]
fn the_views_know_every_member_that_the_engine_writes() {
    let folders = ["hosts/native/tests/data/office", "policies/reference"];
    let mut seen = [0; 3];
    for folder in folders {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
        let compiled = bundle_input::build(&path).unwrap();
        let bundle = &compiled.bundle;
        let issuers: Vec<&TrustedIssuer> =
            bundle.contents().trust.iter().map(|issuer| &issuer.trusted).collect();
        let mut gate = NativeEngine.load(&bundle.to_bytes()).unwrap();
        trust_test_keys(&mut *gate, bundle).unwrap();
        for case in compiled.tests.iter().flat_map(|file| &file.cases) {
            let token = presented_token(case, &issuers).unwrap();
            if let Some(call) = case.call.as_ref().map(OwnedCall::from) {
                let json =
                    call.with(token.as_deref(), |call| gate.explain(call, case.clock)).unwrap();
                VerdictView::read(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
                seen[0] += 1;
            }
            let Some(token) = token else { continue };
            match gate.verify(&token, case.clock).unwrap() {
                Verification::Admitted(json) => {
                    read::<AdmissionView>(&json);
                    seen[1] += 1;
                }
                Verification::Refused(json) => {
                    read::<RefusalView>(&json);
                    seen[2] += 1;
                }
            }
            read::<InspectionView>(&NativeEngine.inspect(&token, Some(case.clock)).unwrap());
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}: every kind of answer occurs");
}

#[test]
fn the_command_line_is_sound() {
    use clap::CommandFactory;
    super::Arguments::command().debug_assert();
}

fn read<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}
