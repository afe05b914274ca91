//! Responses whose lists are reduced to what the caller may use.

use std::sync::Arc;

use vicar::{Admitted, Gate, Operation, Proven};
use vicar_mcp::{
    ErrorAnswer, EventStream, Fate, Id, ListError, ListKind, error_answer::INTERNAL_ERROR, list,
};
use vicar_token::{SignatureVerifier, UnixSeconds, json::Limits};

use super::{Request, Stage};
use crate::{
    Answer, Gateway, Head, ResponseStep,
    content::{is_event_stream, is_identity, is_json},
    facts::{Facts, Text, text},
    gateway::Terms,
    problem,
};

/// What a response is filtered by.
#[derive(Debug)]
pub(super) struct Filter {
    facts: Facts<'static>,
    admitted: Arc<Admitted>,
    kinds: &'static [ListKind],
    id: Option<Id>,
    limit: usize,
    /// Status of an answer in the response's place.
    status: u16,
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    /// The head has not come yet.
    Head,
    Json(Vec<u8>),
    Stream(EventStream),
    /// Nothing more may come.
    Over,
}

impl Filter {
    pub(super) fn new(
        facts: Facts<'static>,
        proven: &Proven,
        kinds: &'static [ListKind],
        id: Option<&Id>,
        terms: &Terms,
    ) -> Self {
        Self {
            facts,
            admitted: Arc::clone(&proven.admitted),
            kinds,
            id: id.cloned(),
            limit: terms.settings.response_limit_bytes,
            status: match terms.settings.mcp_denial_status {
                200 if id.is_some() => 200,
                _ => 502,
            },
            mode: Mode::Head,
        }
    }

    /// The JSON-RPC error in place of a list that cannot be filtered.
    fn error(&self, sentence: &str) -> String {
        let reason = vicar_mcp::reason::LIST_MALFORMED.code;
        let data = problem::reason_data(reason);
        let (id, message) = (self.id.as_ref(), sentence);
        ErrorAnswer { id, code: INTERNAL_ERROR, message, data: Some(&data) }.to_json()
    }

    fn answer(&mut self, sentence: &str) -> ResponseStep {
        self.mode = Mode::Over;
        ResponseStep::Replace(Box::new(Answer {
            status: self.status,
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("cache-control", "no-store".to_owned()),
            ],
            body: self.error(sentence),
            details: format!("vicar_{}", vicar_mcp::reason::LIST_MALFORMED.code),
        }))
    }

    fn reduced<V: SignatureVerifier>(
        &self,
        gate: &mut Gate<V>,
        message: &[u8],
        now: UnixSeconds,
    ) -> Result<Option<String>, ListError> {
        let limits = Limits { bytes: self.limit, depth: 64, members: 1 << 18 };
        let mut asking = Asking { filter: self, gate, now, prompts: None, resources: None };
        list::filter(message, self.kinds, &limits, &mut |kind, name| asking.offers(kind, name))
    }

    /// What becomes of an event. Streams begin with events without data, which only name the
    /// place to resume at.
    fn fate<V: SignatureVerifier>(
        &self,
        gate: &mut Gate<V>,
        data: &[u8],
        now: UnixSeconds,
    ) -> Fate {
        if data.is_empty() {
            return Fate::Keep;
        }
        match self.reduced(gate, data, now) {
            Ok(None) => Fate::Keep,
            Ok(Some(text)) => Fate::Replace(text),
            Err(error) if self.id.is_some() => Fate::Replace(self.error(&sentence(&error))),
            Err(_) => Fate::Drop,
        }
    }
}

/// Asks the gate what a caller may use.
struct Asking<'a, V: SignatureVerifier> {
    filter: &'a Filter,
    gate: &'a mut Gate<V>,
    now: UnixSeconds,
    /// Prompts and resources are decided as a whole, so once.
    prompts: Option<bool>,
    resources: Option<bool>,
}

impl<V: SignatureVerifier> Asking<'_, V> {
    fn offers(&mut self, kind: ListKind, name: &str) -> bool {
        match kind {
            ListKind::Tools => {
                let Filter { facts, admitted, .. } = self.filter;
                let server = facts.place.as_ref().map_or("", |place| place.name.as_str());
                let headers = facts.listed();
                let mut call = facts.call(&headers, Operation::Http);
                call.method = "POST";
                self.gate.offers_tool(admitted, server, name, &call, self.now)
            }
            ListKind::Prompts => {
                let known = self.prompts;
                let permitted = known.unwrap_or_else(|| self.permits("prompts/get", name));
                *self.prompts.insert(permitted)
            }
            ListKind::ResourceTemplates | ListKind::Resources => {
                let known = self.resources;
                let permitted = known.unwrap_or_else(|| self.permits("resources/read", name));
                *self.resources.insert(permitted)
            }
        }
    }

    fn permits(&mut self, method: &str, name: &str) -> bool {
        let Filter { facts, admitted, .. } = self.filter;
        let headers = facts.listed();
        let operation = Operation::Mcp { method, name: Some(name), arguments: None };
        let mut call = facts.call(&headers, operation);
        call.method = "POST";
        self.gate.rule(admitted, &call, self.now).decision().allowed
    }
}

impl Request {
    /// Whether anything of the response is looked at: a host to which looking is dear may let the
    /// others pass unseen.
    pub const fn filters_response(&self) -> bool {
        matches!(self.stage, Stage::Passes(Some(_)))
    }

    /// Takes the head of the response. The response to a request that was not
    /// [filtered](crate::Allow::filters_response), and the gateway's own answer on its way out,
    /// pass.
    pub fn response_head<H: Head + ?Sized>(&mut self, head: &H) -> ResponseStep {
        let Stage::Passes(Some(filter)) = &mut self.stage else { return ResponseStep::Pass };
        if head.end_of_stream() {
            filter.mode = Mode::Over;
            return ResponseStep::Pass;
        }
        let encoding = match text(head.field("content-encoding")) {
            Text::Absent => Ok(None),
            Text::Once(encoding) => Ok(Some(encoding)),
            Text::Repeated | Text::Unreadable => Err(()),
        };
        if !encoding.is_ok_and(|encoding| is_identity(encoding.as_deref())) {
            return filter.answer("The upstream's list is compressed, so it cannot be filtered.");
        }
        let media_type = text(head.field("content-type")).once().unwrap_or_default();
        let status = text(head.field(":status")).once();
        if is_json(&media_type) {
            filter.mode = Mode::Json(Vec::new());
            ResponseStep::Buffer { limit: filter.limit }
        } else if is_event_stream(&media_type) {
            filter.mode = Mode::Stream(EventStream::new(filter.limit));
            ResponseStep::Stream
        } else if status.is_some_and(|status| !status.starts_with('2')) {
            // An error page lists nothing.
            filter.mode = Mode::Over;
            self.stage = Stage::Passes(None);
            ResponseStep::Pass
        } else {
            filter.answer("The upstream's answer is neither JSON nor an event stream.")
        }
    }

    /// Takes a piece of the response's body, in order; `end_of_stream` with the last.
    pub fn response_body<V: SignatureVerifier>(
        &mut self,
        gateway: &mut Gateway<V>,
        chunk: &[u8],
        end_of_stream: bool,
        now: UnixSeconds,
    ) -> ResponseStep {
        let Stage::Passes(Some(filter)) = &mut self.stage else { return ResponseStep::Pass };
        let gate = &mut gateway.gate;
        match std::mem::replace(&mut filter.mode, Mode::Over) {
            Mode::Head => filter.answer("The upstream's answer has no head."),
            Mode::Over => ResponseStep::Body(Vec::new()),
            Mode::Json(mut body) => {
                if body.len().saturating_add(chunk.len()) > filter.limit {
                    return filter.answer("The upstream's list is longer than is accepted.");
                }
                body.extend_from_slice(chunk);
                if !end_of_stream {
                    filter.mode = Mode::Json(body);
                    return ResponseStep::Buffer { limit: filter.limit };
                }
                match filter.reduced(gate, &body, now) {
                    Ok(None) => ResponseStep::Body(body),
                    Ok(Some(text)) => ResponseStep::Body(text.into_bytes()),
                    Err(error) => filter.answer(&sentence(&error)),
                }
            }
            Mode::Stream(mut stream) => {
                let mut judge = |data: &[u8]| filter.fate(gate, data, now);
                match stream.push(chunk, &mut judge) {
                    Ok(mut out) => {
                        if end_of_stream {
                            out.extend(stream.finish(&mut judge));
                        } else {
                            filter.mode = Mode::Stream(stream);
                        }
                        ResponseStep::Body(out)
                    }
                    Err(error) => {
                        let text = filter.error(&sentence(&error));
                        ResponseStep::Body(format!("data: {text}\n\n").into_bytes())
                    }
                }
            }
        }
    }
}

fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().collect::<String>());
    format!("{}{}.", first.unwrap_or_default(), characters.as_str())
}
