//! What a caller may be shown: tools that some call of theirs could be permitted to use.

use std::sync::Arc;

use vicar_bundle::{contents::ValueType, surface::Tool};
use vicar_policy::{
    explain::{ClauseFinding, PolicyFinding, PolicyResult, Reading},
    ir::Effect,
};
use vicar_token::{Json, Object, SignatureVerifier, UnixSeconds};

use crate::{Admitted, Call, Gate, Operation, reason};

impl<V: SignatureVerifier> Gate<V> {
    /// Whether a list of tools may show `tool` of the MCP server that `call` is for.
    ///
    /// The policies are asked about a call of the tool without arguments but those it requires.
    /// The tool is shown when that is permitted, or when only the arguments stand against it; a
    /// list never grants anything, since each call is decided by its own arguments.
    pub fn offers_tool(
        &mut self,
        admitted: &Arc<Admitted>,
        server: &str,
        tool: &str,
        call: &Call<'_>,
        now: UnixSeconds,
    ) -> bool {
        let servers = &self.rules.contents().surface.mcp_servers;
        let Some(declared) = servers
            .iter()
            .find(|known| known.name == server)
            .and_then(|server| server.tools.iter().find(|known| known.name == tool))
        else {
            return false;
        };
        let arguments = placeholders(declared);
        let operation = Operation::Mcp {
            method: crate::vocabulary::names::TOOLS_CALL,
            name: Some(tool),
            arguments: arguments.as_deref(),
        };
        let call = Call { operation, ..*call };
        let ruling = self.rule(admitted, &call, now);
        let decision = ruling.decision();
        let curable = [
            &reason::FORBIDDEN,
            &reason::NO_PERMIT,
            &reason::POLICY_ERROR,
            &reason::SCOPE_INSUFFICIENT,
            &reason::AUTHENTICATION_CONTEXT_REQUIRED,
        ];
        decision.allowed || curable.contains(&decision.reason) && ruling.hinges_on_arguments()
    }
}

impl<V: SignatureVerifier> crate::Ruling<'_, V> {
    /// Whether other arguments could have turned a deny into an allow, as far as each clause can
    /// be judged by itself.
    fn hinges_on_arguments(&self) -> bool {
        let Some(findings) = self.findings() else { return false };
        findings.iter().all(could_let_pass) && findings.iter().any(could_permit)
    }
}

/// Whether a policy does not forbid, or might not with other arguments.
fn could_let_pass(finding: &PolicyFinding<'_>) -> bool {
    match finding.result {
        PolicyResult::Unsatisfied => true,
        PolicyResult::Erred => {
            finding.failed().all(|clause| clause.readings.iter().any(reads_arguments))
        }
        PolicyResult::Satisfied => {
            finding.policy.effect() == Effect::Permit
                || finding.clauses.iter().any(|clause| clause.readings.iter().any(reads_arguments))
        }
    }
}

/// Whether a policy permits, or might with other arguments: everything its unmet clauses
/// consulted in vain is an argument.
fn could_permit(finding: &PolicyFinding<'_>) -> bool {
    finding.policy.effect() == Effect::Permit && finding.failed().all(lacks_only_arguments)
}

fn lacks_only_arguments(clause: &ClauseFinding<'_>) -> bool {
    let mut vain = clause
        .readings
        .iter()
        .filter(|reading| reading.consulted && reading.met != Some(true))
        .peekable();
    vain.peek().is_some() && vain.all(reads_arguments)
}

fn reads_arguments(reading: &Reading) -> bool {
    reading.path.contains(ARGUMENTS) || reading.wanted.contains(ARGUMENTS)
}

/// A value of the declared type for each argument that a call must have.
fn placeholders(tool: &Tool) -> Option<String> {
    let given: Object = tool
        .arguments
        .iter()
        .filter(|argument| argument.required)
        .map(|argument| {
            let value = match argument.value_type {
                ValueType::Boolean => Json::Bool(false),
                ValueType::Long => Json::Integer(0),
                ValueType::String => Json::from(""),
                ValueType::StringSet => Json::Array(Vec::new()),
            };
            (argument.name.as_str(), value)
        })
        .collect();
    (!given.is_empty()).then(|| Json::from(given).to_string())
}

const ARGUMENTS: &str = "context.tool.arguments";
