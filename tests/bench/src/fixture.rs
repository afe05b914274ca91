//! A bundle with one issuer and tokens for it.

use std::{error::Error, fmt::Write};

use serde_json::json;
use vicar::{Call, Operation};
use vicar_compiler::Folder;
use vicar_native::mint::{KeyNumber, Members, Recipe, key_set};
use vicar_token::Algorithm;

/// The clock of every measurement.
pub(crate) const NOW: u64 = 1_790_000_300;

/// The algorithms that are measured.
pub(crate) const ALGORITHMS: [Algorithm; 3] =
    [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];

/// A bundle file with `policies` policies, as many tools, and an Entra issuer.
pub(crate) fn bundle(policies: usize) -> Result<Vec<u8>, Box<dyn Error>> {
    bundle_over(policies, policies.saturating_sub(2))
}

/// As [`bundle`], with another number of tools, each with as many policies as the next.
pub(crate) fn bundle_over(policies: usize, tools: usize) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut cedar = String::from(
        "@id(\"no-guests\")\nforbid (principal, action, resource)\nwhen { \
         context.subject.relationship == \"guest\" };\n@id(\"no-unproven\")\nforbid (principal is \
         Agent, action, resource)\nwhen { principal.evidence == \"absent\" };\n",
    );
    let mut yaml = String::from(SETTINGS);
    for policy in 0..policies.saturating_sub(2) {
        let tool = policy % tools;
        let _ = writeln!(
            cedar,
            "@id(\"tool-{policy}\")\npermit (principal is Agent, action == Action::\"tools/call\", \
             resource == Tool::\"ledger/tool-{tool}\")\nwhen {{ context.mode == \"on_behalf_of\" \
             && context.scopes.containsAll(resource.scopes) }};"
        );
    }
    for tool in 0..tools {
        let _ = writeln!(yaml, "        tool-{tool}: {{ scopes: [tools.read] }}");
    }
    let folder: Folder = [("vicar.yaml", yaml), ("policies.cedar", cedar)]
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text))
        .collect();
    let compiled = vicar_compiler::compile(&folder).map_err(|problems| {
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })?;
    Ok(compiled.bundle.to_bytes())
}

/// The issuer's key set.
pub(crate) fn keys() -> Result<String, Box<dyn Error>> {
    Ok(key_set(ISSUER, &ALGORITHMS, KeyNumber::of_issuer(0))?)
}

/// A token of an agent on behalf of a user; each `number` makes another one.
pub(crate) fn token(algorithm: Algorithm, number: usize) -> Result<String, Box<dyn Error>> {
    token_for(algorithm, number, "tools.read tools.write profile openid")
}

/// As [`token`], with other scopes.
pub(crate) fn token_for(
    algorithm: Algorithm,
    number: usize,
    scopes: &str,
) -> Result<String, Box<dyn Error>> {
    let claims = json!({
        "aud": "api://tools",
        "iss": format!("https://sts.windows.net/{TENANT}/"),
        "iat": 1_790_000_000, "nbf": 1_790_000_000, "exp": 1_790_004_000,
        "acct": 0, "acr": "1", "acrs": ["p1"], "amr": ["pwd", "mfa"],
        "app_displayname": "Invoice agent",
        "appid": "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b", "appidacr": "2",
        "idtyp": "user", "ipaddr": "203.0.113.7", "name": "Dana Example",
        "oid": "1f2e3d4c-5b6a-4798-8877-665544332211",
        "scp": scopes,
        "sub": "pairwise-subject-for-agent-BBBBBBBBBBBB",
        "tid": TENANT,
        "uti": format!("T2{number:018}AA"),
        "ver": "1.0",
        "wids": ["b79fbf4d-3ef9-4689-8143-76b194e85509"],
        "xms_act_fct": "3 9 11", "xms_idrel": "1 12",
        "xms_par_app_azp": "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a",
        "xms_st": { "sub": "pairwise-subject-for-blueprint-AAAAAAAAAAAA" },
        "xms_sub_fct": "3 12", "xms_tnt_fct": "3 10",
    });
    let claims = Members::parse("claims", claims.to_string().as_bytes())?;
    Ok(Recipe::new(ISSUER, algorithm, KeyNumber::of_issuer(0), claims).sign()?)
}

/// A call of tool `number` with `token`.
pub(crate) fn call<'a>(token: &'a str, tool: &'a str) -> Call<'a> {
    Call {
        token: Some(token),
        method: "POST",
        scheme: "https",
        host: "tools.example",
        path: "/mcp",
        headers: &[],
        operation: Operation::Mcp { method: "tools/call", name: Some(tool), arguments: Some("{}") },
    }
}

pub(crate) const ISSUER: &str = "entra";
const TENANT: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
const SETTINGS: &str = include_str!("settings.yaml");
