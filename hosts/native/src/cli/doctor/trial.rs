//! One exchange in earnest: T1, which is good for nothing but obtaining other tokens, and which
//! nobody is shown.

use std::sync::Arc;

use vicar_exchange::{
    Guid, Spec,
    spec::{Agent, Entra, Flow, Grant, Limits},
};

use crate::{
    cli::time::in_words,
    exchange::{Exchanger, Nobody, Problem, RunError, Runner, SigningKeys},
    failure::{Failure, code},
    finding::{Finding, reason},
    http::{Carrier, block_on},
    serve::configuration::EntraSettings,
};

pub(super) const EXCHANGE: &str = "exchange";

/// Asks for T1 of `agent` with the configured credential.
pub(super) fn check(
    entra: &EntraSettings,
    agent: Guid,
    keys: SigningKeys,
    carrier: Carrier,
    exchanger: &dyn Exchanger,
) -> Result<Finding, Failure> {
    let agent = Agent {
        id: agent,
        blueprint: entra.client.clone(),
        credential: entra.credential.clone(),
        t1: None,
        x2: None,
    };
    let flow = Flow::Entra(Entra {
        authority: entra.authority.clone(),
        tenant: entra.tenant.clone(),
        grant: Grant::BlueprintExchange { agent },
    });
    let spec = Spec { flow, limits: Limits::default(), correlation_id: None };
    let runner = Runner::new(carrier, Arc::new(keys));
    match block_on(runner.run(exchanger, &spec.to_json(), &mut Nobody))? {
        Ok(granted) => {
            let until = in_words(granted.token.expires_at);
            Ok(Finding::ok(EXCHANGE, format!("the authority gives T1, good until {until}")))
        }
        Err(RunError::Problem { problem, correlation_id }) => {
            Ok(refused(&problem, correlation_id.as_deref()))
        }
        Err(RunError::Engine(error)) => Err(error.into()),
        Err(error) => Err(Failure::new(code::RANDOMNESS_UNAVAILABLE, error)),
    }
}

/// What is said where nobody asked.
pub(super) fn not_asked() -> Finding {
    Finding::not_checked(
        EXCHANGE,
        reason::EXCHANGE_NOT_ASKED,
        "no token was asked for",
        "name an agent with `--agent`: T1 is asked for, and shown to nobody",
    )
}

fn refused(problem: &Problem, correlation_id: Option<&str>) -> Finding {
    let id = correlation_id.map(|id| format!(" (client-request-id {id})")).unwrap_or_default();
    Finding::failed(
        EXCHANGE,
        problem.reason.clone(),
        format!("{}{id}", problem.message),
        "T1 for the agent",
        problem.remedy.as_str(),
    )
}
