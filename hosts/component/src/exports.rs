//! The world's exports over the gate.

use std::cell::RefCell;

use vicar::{Call, Operation};
use vicar_token::{KeyReport, Reason};

use crate::Verifier;
use crate::bindings::Component;
use crate::bindings::exports::vicar::gate::gate as world;

impl world::Guest for Component {
    type Gate = Gate;

    fn inspect(input: String, now: Option<u64>) -> String {
        vicar::inspect(&input, now).to_json()
    }
}

/// A loaded gate. The component model lets no call enter while another is under way, so the
/// cell is never found borrowed.
pub(crate) struct Gate(RefCell<vicar::Gate<Verifier>>);

impl world::GuestGate for Gate {
    fn load(bundle: Vec<u8>) -> Result<world::Gate, world::Problem> {
        vicar::Gate::load(&bundle, Verifier)
            .map(|gate| world::Gate::new(Self(RefCell::new(gate))))
            .map_err(|error| problem(error.reason(), &error))
    }

    fn set_keys(&self, issuer: String, jwks: Vec<u8>) -> Result<String, world::Problem> {
        self.0
            .borrow_mut()
            .set_keys(&issuer, &jwks)
            .map(|report| KeyReport::to_json(&report))
            .map_err(|error| problem(error.reason(), &error))
    }

    fn verify(&self, token: String, now: u64) -> Result<String, String> {
        match self.0.borrow_mut().verify(&token, now) {
            Ok(admitted) => Ok(admitted.to_json()),
            Err(refusal) => Err(refusal.to_json()),
        }
    }

    fn decide(&self, call: world::Call, now: u64) -> world::Answer {
        let headers = headers(&call);
        let decision = self.0.borrow_mut().decide(&borrowed(&call, &headers), now);
        world::Answer {
            decision: if decision.allowed { world::Decision::Allow } else { world::Decision::Deny },
            passes: decision.passes(),
            status: decision.status,
            reason: decision.reason.code.to_owned(),
        }
    }

    fn explain(&self, call: world::Call, now: u64) -> String {
        let headers = headers(&call);
        self.0.borrow_mut().explain(&borrowed(&call, &headers), now).to_json()
    }
}

fn headers(call: &world::Call) -> Vec<(&str, &str)> {
    call.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn borrowed<'a>(call: &'a world::Call, headers: &'a [(&'a str, &'a str)]) -> Call<'a> {
    Call {
        token: call.token.as_deref(),
        method: method(&call.method),
        scheme: scheme(&call.scheme),
        host: &call.host,
        path: &call.path,
        headers,
        operation: match &call.operation {
            world::Operation::Http => Operation::Http,
            world::Operation::Llm(model) => Operation::Llm { model },
            world::Operation::Mcp(message) => Operation::Mcp {
                method: &message.method,
                name: message.name.as_deref(),
                arguments: message.arguments.as_deref(),
            },
        },
    }
}

fn method(method: &world::Method) -> &str {
    match method {
        world::Method::Get => "GET",
        world::Method::Head => "HEAD",
        world::Method::Post => "POST",
        world::Method::Put => "PUT",
        world::Method::Delete => "DELETE",
        world::Method::Connect => "CONNECT",
        world::Method::Options => "OPTIONS",
        world::Method::Trace => "TRACE",
        world::Method::Patch => "PATCH",
        world::Method::Other(method) => method,
    }
}

fn scheme(scheme: &world::Scheme) -> &str {
    match scheme {
        world::Scheme::Http => "http",
        world::Scheme::Https => "https",
        world::Scheme::Other(scheme) => scheme,
    }
}

fn problem(reason: &Reason, error: &dyn std::error::Error) -> world::Problem {
    world::Problem { reason: reason.code.to_owned(), message: error.to_string() }
}
