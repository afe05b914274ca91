//! What is compared: a listener each, in one Envoy.

use std::{error::Error, fs, path::Path};

use serde_json::{Value, json};
use vicar_envoy_tests::{
    client::Request,
    configuration::{JwtKeys, Listener, allow_claim, jwt_authn, to_envoy},
    filter::{Filter, in_envoy},
};

use crate::{
    bundle::{bundle, message, path},
    tokens::{AGENT, AUDIENCE, ISSUER, NAME, keys, tokens},
};

/// A listener with what is sent to it.
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    pub(crate) listener: Value,
    pub(crate) requests: Vec<Request>,
}

/// Their names, by which ratios are made.
pub(crate) const NOTHING: &str = "no filter";
pub(crate) const EMPTY: &str = "a WebAssembly filter that does nothing";
pub(crate) const HEADERS: &str = "a WebAssembly filter that reads the headers";
pub(crate) const JWT: &str = "`jwt_authn` without cache + RBAC";
pub(crate) const JWT_CACHED: &str = "`jwt_authn` with cache + RBAC";
pub(crate) const COLD: &str = "Vicar, each token new, host verifies";
pub(crate) const COLD_WASM: &str = "Vicar, each token new, module verifies";
pub(crate) const WARM: &str = "Vicar, token cached, 20 policies";
pub(crate) const WARM_MANY: &str = "Vicar, token cached, 2,000 policies";
pub(crate) const WARM_BARE: &str = "Vicar, token cached, no filter state";
pub(crate) const WARM_AUDIT: &str = "Vicar, token cached, with audit line";
pub(crate) const BEHIND_JWT: &str = "`jwt_authn` with cache, Vicar decides on its payload";
pub(crate) const MCP: &str = "Vicar, token cached, MCP tool call judged by its body";

/// The variants; `folder` has to stay as long as Envoy runs.
pub(crate) fn all(folder: &Path) -> Result<Vec<Variant>, Box<dyn Error>> {
    let keys = keys()?;
    // More than any cache here holds, so that none of them comes back while it is known.
    let many = tokens(DISTINCT)?;
    let one = many.get(..1).unwrap_or_default();
    let gets = |tokens: &[String], policies| -> Vec<Request> {
        let get = Request::get(&path(policies)).host("api.example");
        tokens.iter().map(|token| get.clone().bearer(token)).collect()
    };
    let (new, known, known_of_many) = (gets(&many, FEW), gets(one, FEW), gets(one, MANY));
    let calls: Vec<Request> = one
        .iter()
        .map(|token| Request::post("/mcp", message(FEW)).host("mcp.example").bearer(token))
        .collect();
    let few = Filter::new(&bundle(FEW)?).keys(NAME, &keys).set("audit", json!(false));
    let thousands = Filter::new(&bundle(MANY)?).keys(NAME, &keys).set("audit", json!(false));
    let trusting = Filter::new(&bundle(FEW)?)
        .set("audit", json!(false))
        .set("mode", json!("trust_jwt_authn"))
        .set("jwt_authn", json!({ "payload": "payload", "issuer": NAME }));
    let jwt = |cache| jwt_authn(ISSUER, AUDIENCE, JwtKeys::Inline(&keys), cache);
    let rule = || allow_claim("appid", AGENT);
    let ours = |filter: &Filter| filter.to_json();
    let variants: Vec<(&'static str, Vec<Value>, &Vec<Request>)> = vec![
        (NOTHING, vec![], &known),
        (EMPTY, vec![least(folder, "empty", include_str!("empty.wat"))?], &known),
        (HEADERS, vec![least(folder, "headers", include_str!("headers.wat"))?], &known),
        (JWT, vec![jwt(false), rule()], &new),
        (JWT_CACHED, vec![jwt(true), rule()], &known),
        (COLD, vec![ours(&few.clone().set("verifier", json!("host")))?], &new),
        (COLD_WASM, vec![ours(&few.clone().set("verifier", json!("wasm")))?], &new),
        (WARM, vec![ours(&few)?], &known),
        (WARM_MANY, vec![ours(&thousands)?], &known_of_many),
        (WARM_BARE, vec![ours(&few.clone().set("filter_state", json!([])))?], &known),
        (WARM_AUDIT, vec![ours(&few.clone().set("audit", json!(true)))?], &known),
        (BEHIND_JWT, vec![jwt(true), ours(&trusting)?], &known),
        (MCP, vec![ours(&few)?], &calls),
    ];
    Ok(variants
        .into_iter()
        .map(|(name, filters, requests)| Variant {
            name,
            listener: Listener::new(name, filters, to_envoy(200)).to_json(),
            requests: requests.clone(),
        })
        .collect())
}

/// A module written by hand.
fn least(folder: &Path, name: &str, text: &str) -> Result<Value, Box<dyn Error>> {
    let module = folder.join(name).with_extension("wasm");
    fs::write(&module, wat::parse_str(text)?)?;
    Ok(in_envoy(&module, name, "")?)
}

const FEW: usize = 20;
const MANY: usize = 2000;
const DISTINCT: usize = 9000;
