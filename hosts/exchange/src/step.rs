//! Steps in the world's terms.

use vicar_exchange::{
    Challenge, Exchanged, HttpRequest, Problem, Refusal, Step, outcome::Reading, spec::Held,
    step::Method,
};

use crate::bindings::exports::vicar::exchange::exchange as world;

pub(crate) fn world_step(step: Step) -> world::Step {
    match step {
        Step::Done(exchanged) => world::Step::Done(done(&exchanged)),
        Step::Failed(failure) => world::Step::Failed(problem(&failure)),
        Step::Prompt(prompt) => world::Step::Prompt(world::DevicePrompt {
            user_code: prompt.user_code,
            verification_uri: prompt.verification_uri,
            expires_at: prompt.expires_at,
            poll_at: prompt.poll_at,
        }),
        Step::ReadAssertion { file } => world::Step::ReadAssertion(file),
        Step::Send(request) => world::Step::Send(http_request(request)),
        Step::Sign { key, input } => world::Step::Sign(world::Signing { key, input }),
        Step::Wait { until } => world::Step::Wait(until),
    }
}

pub(crate) fn problem(problem: &Problem) -> world::Problem {
    let reason = problem.reason();
    world::Problem {
        reason: reason.code.to_owned(),
        status: reason.status,
        message: problem.to_string(),
        remedy: problem.remedy().to_owned(),
        challenge: problem.challenge().map(challenge),
        retry_at: problem.retry_at(),
        refusal: match problem {
            Problem::Refused(refused) => Some(refusal(refused)),
            _ => None,
        },
    }
}

fn refusal(refused: &Refusal) -> world::Refusal {
    world::Refusal {
        hop: refused.hop.to_owned(),
        status: refused.status,
        error: refused.error.clone(),
        suberror: refused.suberror.clone(),
        code: refused.code,
        class: refused.class.name().to_owned(),
        correlation_id: refused.correlation_id.clone(),
        trace_id: refused.trace_id.clone(),
    }
}

fn challenge(challenge: &Challenge) -> world::Challenge {
    world::Challenge {
        claims: challenge.claims.to_json(),
        authorization_uri: challenge.authorization_uri.clone(),
        www_authenticate: challenge.www_authenticate(),
    }
}

fn done(exchanged: &Exchanged) -> world::Exchanged {
    world::Exchanged {
        access_token: exchanged.access_token().expose().to_owned(),
        expires_at: exchanged.expires_at(),
        refresh_token: exchanged.refresh_token().map(|token| token.expose().to_owned()),
        scope: exchanged.scope().map(str::to_owned),
        reading: match exchanged.reading() {
            Reading::Checked(identity) => world::Reading::Checked(world::CheckedIdentity {
                summary: identity.to_string(),
                json: exchanged.identity_json().unwrap_or_default(),
            }),
            Reading::ExchangeToken => world::Reading::ExchangeToken,
            Reading::Opaque => world::Reading::Opaque,
        },
        t1: exchanged.t1().map(held),
        x2: exchanged.x2().map(held),
    }
}

fn held(held: &Held) -> world::Held {
    world::Held { token: held.token.expose().to_owned(), expires_at: held.expires_at }
}

fn http_request(request: HttpRequest) -> world::HttpRequest {
    let body = request.body().expose().to_owned();
    let shown = request.form.fields().iter();
    world::HttpRequest {
        method: match request.method {
            Method::Get => world::Method::Get,
            Method::Post => world::Method::Post,
        },
        body,
        shown: shown.map(|field| (field.name.to_owned(), field.value.shown().to_owned())).collect(),
        url: request.url,
        headers: request
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        max_bytes: u64::try_from(request.max_bytes).unwrap_or(u64::MAX),
        deadline: request.deadline,
    }
}
