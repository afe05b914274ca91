//! Nothing secret shows.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::{data, filled, granted, run, spec, token};

#[test]
fn a_dry_run_reads_like_the_documentation() {
    let run = run(spec("on-behalf-of"), |_| Ok(granted(&token("obo-api-v2"))));
    let text: Vec<String> =
        run.requests.iter().map(|request| request.masked().to_string()).collect();
    insta::assert_snapshot!(text.join("\n\n"));
}

#[test]
fn no_secret_of_any_flow_shows() {
    let specs: BTreeMap<String, Value> = data("specs.json");
    let tokens = [
        "<Actor>",
        "<IdJag>",
        "<IdToken>",
        "<ServiceAccount>",
        "<Subject>",
        "<T1>",
        "<Tc>",
        "<X2>",
    ];
    let mut secrets: Vec<String> = tokens.into_iter().map(filled).collect();
    secrets.extend(["s3cr3t", "1.AXg-refresh"].map(str::to_owned));
    for name in specs.keys().filter(|name| *name != "device-code") {
        let spec = spec(name);
        let shown = format!("{spec:?}");
        let run = run(spec, |_| Ok(granted(&token("obo-api-v2"))));
        let requests: String =
            run.requests.iter().map(|request| request.masked().to_string()).collect();
        for secret in &secrets {
            for text in [&shown, &format!("{run:?}"), &requests] {
                assert!(!text.contains(secret.as_str()), "{name}: {text}");
            }
        }
    }
}
