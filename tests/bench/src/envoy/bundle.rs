//! A bundle with as many policies as wanted, each for a route or tool of its own.

use std::{error::Error, fmt::Write};

use vicar_compiler::{Folder, compile};

/// A bundle file with this many policies: one forbid, and one permit for each route and tool.
pub(crate) fn bundle(policies: usize) -> Result<Vec<u8>, Box<dyn Error>> {
    let places = policies.saturating_sub(1) / 2;
    let mut cedar = String::from(
        "@id(\"no-guests\")\nforbid (principal, action, resource)\nwhen { \
         context.subject.relationship == \"guest\" };\n",
    );
    let (mut routes, mut tools) = (String::new(), String::new());
    for place in 0..places {
        for (kind, action, resource) in [
            ("route", "GET", format!("Route::\"orders/route-{place}\"")),
            ("tool", "tools/call", format!("Tool::\"ledger/tool-{place}\"")),
        ] {
            let _ = writeln!(
                cedar,
                "@id(\"{kind}-{place}\")\npermit (principal is Agent, action == \
                 Action::\"{action}\", resource == {resource})\nwhen {{ context.mode == \
                 \"on_behalf_of\" && context.scopes.containsAll(resource.scopes) }};"
            );
        }
        let _ = writeln!(
            routes,
            "        route-{place}: {{ match: GET /orders-{place}, scopes: [tools.read] }}"
        );
        let _ = writeln!(tools, "        tool-{place}: {{ scopes: [tools.read] }}");
    }
    let yaml = SETTINGS.replace("# routes\n", &routes).replace("# tools\n", &tools);
    let folder: Folder = [("vicar.yaml", yaml), ("policies.cedar", cedar)]
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text))
        .collect();
    let compiled = compile(&folder).map_err(|problems| {
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })?;
    Ok(compiled.bundle.to_bytes())
}

/// The path of the route in the middle.
pub(crate) fn path(policies: usize) -> String {
    format!("/v1/orders-{}", middle(policies))
}

/// A call of the tool in the middle.
pub(crate) fn message(policies: usize) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"tool-{}","arguments":{{}}}}}}"#,
        middle(policies)
    )
}

const fn middle(policies: usize) -> usize {
    policies / 4
}

const SETTINGS: &str = include_str!("settings.yaml");
