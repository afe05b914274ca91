//! Names of tokens and issuers resolved, changes applied.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    Presented, TestCall, TestCase, TestExchange, TestFile, TestKey, TestOperation, TokenToSign,
    Want,
    source::{
        CallSource, CaseSource, ExchangeSource, KeySource, McpSource, TestSource, TokenSource,
        WantSource,
    },
};
use crate::{
    diagnostic::{Diagnostic, quoted},
    lower::Findings,
    yaml::{Place, Placed},
};

/// The file with everything resolved.
pub(super) fn resolve(
    path: &str,
    source: TestSource,
    issuers: &[&str],
) -> Result<TestFile, Vec<Diagnostic>> {
    let mut findings = Findings::new(path);
    for (name, token) in source.tokens.iter() {
        check_token(token, name.place, issuers, &mut findings);
    }
    let mut names: BTreeMap<&str, Place> = BTreeMap::new();
    for Placed { value, place } in source.cases.iter().map(|case| &case.name) {
        if let Some(first) = names.insert(value, *place) {
            findings.error(*place, format!("another case is named {} too", quoted(value))).hint =
                Some(format!("it stands in line {}", first.line));
        }
    }
    let cases = source
        .cases
        .iter()
        .filter_map(|case| {
            if let (Some(_), Some(exchange)) = (&case.call, &case.exchange) {
                findings.error(exchange.place, "a case is a call or an exchange, not both");
            }
            let token = presented(case, &source, issuers, &mut findings)?;
            Some(TestCase {
                name: case.name.value.clone(),
                line: case.name.place.line,
                token,
                clock: case.clock.unwrap_or(source.clock),
                call: case.call.as_ref().map(|call| call_of(call, &mut findings)),
                exchange: case.exchange.as_ref().map(|exchange| exchange_of(&exchange.value)),
                want: want(&case.want),
            })
        })
        .collect();
    let diagnostics = findings.into_diagnostics();
    if diagnostics.is_empty() {
        Ok(TestFile { path: path.to_owned(), cases })
    } else {
        Err(diagnostics)
    }
}

fn check_token(token: &TokenSource, place: Place, issuers: &[&str], findings: &mut Findings<'_>) {
    match (&token.issuer, &token.raw) {
        (Some(issuer), None) => check_issuer(issuer, issuers, findings),
        (None, Some(_)) if token.claims.is_empty() && token.header.is_empty() => {}
        (None, None) => {
            findings.error(place, "the token has no issuer").expected =
                Some("`issuer` and `claims`, or `raw`".to_owned());
        }
        (_, Some(raw)) => {
            findings.error(raw.place, "raw text has no issuer, header or claims to set").expected =
                Some("`raw` alone, or `issuer` and `claims`".to_owned());
        }
    }
}

fn check_issuer(issuer: &Placed<String>, issuers: &[&str], findings: &mut Findings<'_>) {
    if !issuers.contains(&issuer.value.as_str()) {
        findings.unknown(issuer, "issuer", issuers.iter().copied());
    }
}

fn presented(
    case: &CaseSource,
    source: &TestSource,
    issuers: &[&str],
    findings: &mut Findings<'_>,
) -> Option<Presented> {
    let Some(Placed { value: token, place }) = &case.token else {
        return Some(Presented::Nothing);
    };
    let body = match &token.0.name {
        Some(name) => {
            let known = source.tokens.iter().find(|(key, _)| key.value == *name);
            let Some((_, body)) = known else {
                let given = Placed { value: name.clone(), place: *place };
                findings.unknown(&given, "token", source.tokens.names().collect::<Vec<_>>());
                return None;
            };
            body
        }
        None => {
            check_token(&token.0.written, *place, issuers, findings);
            &token.0.written
        }
    };
    if let Some(raw) = &body.raw {
        return Some(Presented::Raw(raw.value.clone()));
    }
    Some(Presented::Signed(TokenToSign {
        issuer: body.issuer.as_ref()?.value.clone(),
        algorithm: body.algorithm.map(|algorithm| algorithm.0),
        header: changed(&body.header, &case.header, true),
        claims: changed(&body.claims, &case.claims, false),
        key: key(&case.key, issuers, findings),
        damage: case.damage,
    }))
}

/// `base` with members set; `null` removes, and is kept where the reader has defaults to remove.
fn changed(
    base: &Map<String, Value>,
    changes: &Map<String, Value>,
    keep_null: bool,
) -> Map<String, Value> {
    let mut members = base.clone();
    for (name, value) in changes {
        if value.is_null() && !keep_null {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    members
}

fn key(source: &KeySource, issuers: &[&str], findings: &mut Findings<'_>) -> TestKey {
    if let Some(issuer) = &source.issuer {
        check_issuer(issuer, issuers, findings);
    }
    TestKey {
        issuer: source.issuer.as_ref().map(|issuer| issuer.value.clone()),
        id: source.id.clone(),
        absent: source.absent,
    }
}

fn call_of(call: &CallSource, findings: &mut Findings<'_>) -> TestCall {
    let operation = match (&call.mcp, &call.llm) {
        (Some(mcp), llm) => {
            if llm.is_some() {
                findings.error(mcp.place, "a call is an MCP message or a model's, not both");
            }
            mcp_operation(mcp, findings)
        }
        (None, Some(llm)) => TestOperation::Llm { model: llm.model.clone() },
        (None, None) => TestOperation::Http,
    };
    let headers = call.headers.iter();
    TestCall {
        method: call.method.clone(),
        scheme: call.scheme.clone().unwrap_or_else(|| "https".to_owned()),
        host: call.host.clone(),
        path: call.path.clone(),
        headers: headers.map(|(name, value)| (name.to_lowercase(), value.clone())).collect(),
        operation,
    }
}

fn exchange_of(exchange: &ExchangeSource) -> TestExchange {
    TestExchange {
        downstream: exchange.downstream.clone(),
        agent: exchange.agent.clone(),
        agent_user_id: exchange.agent_user_id.clone(),
        agent_user_name: exchange.agent_user_name.clone(),
        flow: exchange.flow.map(Into::into),
        scopes: exchange.scopes.clone(),
    }
}

fn mcp_operation(mcp: &Placed<McpSource>, findings: &mut Findings<'_>) -> TestOperation {
    let Placed { value: mcp, place } = mcp;
    let mut names = [&mcp.tool, &mcp.resource, &mcp.prompt].into_iter().flatten();
    let name = names.next().cloned();
    if names.next().is_some() {
        findings.error(*place, "an MCP message names one thing").expected =
            Some("one of `tool`, `resource` and `prompt`".to_owned());
    }
    let arguments = mcp.arguments.as_ref().map(Value::to_string);
    TestOperation::Mcp { method: mcp.method.clone(), name, arguments }
}

fn want(source: &WantSource) -> Want {
    Want {
        decision: source.decision,
        reason: source.reason.clone(),
        policies: source.policies.clone(),
        identity: source.identity.clone(),
        status: source.status,
    }
}
