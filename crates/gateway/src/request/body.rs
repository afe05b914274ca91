//! Requests that are judged by their body.

use vicar::{Operation, Proven, Refusal, SectionKind, vocabulary::names};
use vicar_mcp::{ListKind, MESSAGE_LIMITS, Message, MessageError, Mirrored, same_but_for_case};
use vicar_token::{SignatureVerifier, UnixSeconds, json::Limits, quote::Quoted};

use super::{Request, Stage};
use crate::{
    Gateway, Step,
    conclude::{Case, conclude},
    facts::Facts,
    llm, refusals,
};

/// A request whose token is good and whose body is awaited.
#[derive(Debug)]
pub(super) struct Awaited {
    pub(super) facts: Facts<'static>,
    pub(super) proven: Proven,
    pub(super) limit: usize,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// Takes a piece of the body, in order; `end_of_stream` with the last, which may be empty.
    pub fn body<V: SignatureVerifier>(
        &mut self,
        gateway: &mut Gateway<V>,
        chunk: &[u8],
        end_of_stream: bool,
        now: UnixSeconds,
    ) -> Step {
        let Stage::AwaitsBody(awaited) = &mut self.stage else { return self.idle() };
        if awaited.body.len().saturating_add(chunk.len()) > awaited.limit {
            return self.too_large(gateway, now);
        }
        if !end_of_stream {
            awaited.body.extend_from_slice(chunk);
            return Step::NeedBody { limit: awaited.limit };
        }
        let Stage::AwaitsBody(mut awaited) = std::mem::replace(&mut self.stage, Stage::Answered)
        else {
            return Step::Hold;
        };
        // A body that comes in one piece is not copied.
        let kept = std::mem::take(&mut awaited.body);
        if kept.is_empty() {
            self.whole(gateway, *awaited, chunk, now)
        } else {
            let whole = [&kept, chunk].concat();
            self.whole(gateway, *awaited, &whole, now)
        }
    }

    /// Takes the length that the body has reached, from a host that buffers it and hands it over
    /// at its end: a body beyond the limit is refused before it is whole.
    pub fn body_length<V: SignatureVerifier>(
        &mut self,
        gateway: &mut Gateway<V>,
        length: usize,
        now: UnixSeconds,
    ) -> Step {
        match &self.stage {
            Stage::AwaitsBody(awaited) if length > awaited.limit => self.too_large(gateway, now),
            _ => self.idle(),
        }
    }

    fn too_large<V: SignatureVerifier>(
        &mut self,
        gateway: &mut Gateway<V>,
        now: UnixSeconds,
    ) -> Step {
        match std::mem::replace(&mut self.stage, Stage::Answered) {
            Stage::AwaitsBody(awaited) => {
                let Awaited { facts, proven, limit, .. } = *awaited;
                self.refuse(gateway, &facts, refusals::body_too_large(limit), Some(&proven), now)
            }
            other => {
                self.stage = other;
                self.idle()
            }
        }
    }

    fn whole<V: SignatureVerifier>(
        &mut self,
        gateway: &mut Gateway<V>,
        awaited: Awaited,
        body: &[u8],
        now: UnixSeconds,
    ) -> Step {
        let Awaited { facts, proven, limit, .. } = awaited;
        if body.is_empty() {
            let operation = Operation::Http;
            return self.judge(gateway, facts, &proven, operation, None, &[], now);
        }
        match facts.place.as_ref().map(|place| place.kind) {
            Some(SectionKind::Llm) => match llm::model(facts.path_model(), body) {
                Ok(model) => {
                    let operation = match &model {
                        Some(model) => Operation::Llm { model },
                        None => Operation::Http,
                    };
                    self.judge(gateway, facts, &proven, operation, None, &[], now)
                }
                Err(refusal) => self.refuse(gateway, &facts, refusal, Some(&proven), now),
            },
            _ => self.message(gateway, facts, &proven, body, limit, now),
        }
    }

    fn message<V: SignatureVerifier>(
        &mut self,
        gateway: &mut Gateway<V>,
        facts: Facts<'static>,
        proven: &Proven,
        body: &[u8],
        limit: usize,
        now: UnixSeconds,
    ) -> Step {
        let limits = Limits { bytes: limit, ..MESSAGE_LIMITS };
        let message = match Message::parse(body, &limits) {
            Ok(message) => message,
            Err(error) => {
                return self.refuse(gateway, &facts, refusals::message(&error), Some(proven), now);
            }
        };
        let refusal = mirrored(&facts)
            .agree_with(&message)
            .and_then(|()| unmistakable_arguments(gateway, &facts, &message))
            .map_err(|error| refusals::message(&error))
            .and_then(|()| method_of_a_message(&message));
        let operation = Operation::Mcp {
            method: message.method().unwrap_or(names::MCP_NOTIFICATION),
            name: message.name(),
            arguments: message.arguments(),
        };
        let id = message.answerable();
        match refusal {
            Ok(()) => {
                let asked = message.method().and_then(ListKind::of_method);
                let lists = asked.filter(|_| id.is_some()).map_or(&[][..], |kind| kind.alone());
                self.judge(gateway, facts, proven, operation, id, lists, now)
            }
            Err(refusal) => {
                let Gateway { gate, terms } = gateway;
                let ruling = gate.refuse(refusal, Some(&proven.admitted));
                let proven = Some(proven);
                let case = Case { terms, facts: &facts, operation, id, proven, filters: false };
                let step = conclude(&case, &ruling, now);
                if matches!(step, Step::Allow(_)) {
                    self.stage = Stage::Passes(None);
                }
                step
            }
        }
    }
}

fn mirrored<'a>(facts: &'a Facts<'_>) -> Mirrored<'a> {
    Mirrored {
        method: facts.content.mcp_method.as_deref(),
        name: facts.content.mcp_name.as_deref(),
        protocol_version: facts.content.mcp_protocol_version.as_deref(),
    }
}

/// Refuses an argument that a server without letter case takes for one that policies read.
fn unmistakable_arguments<V: SignatureVerifier>(
    gateway: &Gateway<V>,
    facts: &Facts<'_>,
    message: &Message<'_>,
) -> Result<(), MessageError> {
    let Some(place) = &facts.place else { return Ok(()) };
    let surface = &gateway.gate.bundle().contents().surface;
    let declared =
        surface.mcp_servers.iter().find(|server| server.name == place.name).and_then(|server| {
            server.tools.iter().find(|tool| Some(&*tool.name) == message.name())
        });
    for argument in declared.iter().flat_map(|tool| &tool.arguments) {
        let found = message.argument_names().find(|name| same_but_for_case(name, &argument.name));
        if let Some(found) = found {
            let (found, known) = (found.to_owned(), argument.name.clone());
            return Err(MessageError::Ambiguous { found, known });
        }
    }
    Ok(())
}

/// Refuses names that policies use for what is no message: opening and ending a session, and the
/// group of notifications.
fn method_of_a_message(message: &Message<'_>) -> Result<(), Refusal> {
    match message.method() {
        Some(method @ (names::MCP_END | names::MCP_NOTIFICATION | names::MCP_STREAM)) => {
            Err(refusals::refusal(
                &vicar::reason::METHOD_UNKNOWN,
                format!("{} is not an MCP method", Quoted(method)),
                "use a method of the MCP specification",
            ))
        }
        _ => Ok(()),
    }
}
