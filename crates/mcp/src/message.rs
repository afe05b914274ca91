//! One JSON-RPC message of a client.

use serde_json::value::RawValue;
use vicar_token::{
    Json, Object,
    json::{JsonError, Limits},
};

use crate::{Id, MessageError, fold::same_but_for_case, members::Members};

/// One JSON-RPC message of a client, read strictly.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    content: Object,
    kind: Kind,
    id: Option<Id>,
    arguments: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Notification,
    Request,
    Response,
}

/// Bounds that fit every message of an SDK: 1 MiB, depth 64, 16,384 members.
pub const MESSAGE_LIMITS: Limits = Limits { bytes: 1 << 20, depth: 64, members: 16_384 };

impl<'a> Message<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// [`MessageError`] when it is not one message that every reader reads alike.
    pub fn parse(body: &'a [u8], limits: &Limits) -> Result<Self, MessageError> {
        let content = match Json::parse(body, limits)? {
            Json::Object(content) => content,
            Json::Array(_) => return Err(MessageError::Batch),
            _ => return Err(MessageError::Shape("it is not an object")),
        };
        unmistakable(&content, &MEMBERS)?;
        if content.string("jsonrpc")? != Some("2.0") {
            return Err(MessageError::Shape("`jsonrpc` is not \"2.0\""));
        }
        let kind = kind(&content)?;
        // The document was read: these borrow the text of two of its values.
        let members: Members<'a> = reread(body)?;
        let id = members.get("id").map(id).transpose()?;
        if let Some(params) = content.object("params")? {
            unmistakable(params, &PARAMETERS)?;
        }
        let arguments = match members.get("params") {
            None => None,
            Some(params) => {
                let params: Members<'a> = reread(params.get().as_bytes())?;
                params.get("arguments").map(RawValue::get)
            }
        };
        let message = Self { content, kind, id, arguments };
        message.require_name()?;
        Ok(message)
    }

    /// The method; nothing for a response.
    pub fn method(&self) -> Option<&str> {
        self.content.get("method")?.as_str()
    }

    /// The id of a request or response.
    pub const fn id(&self) -> Option<&Id> {
        self.id.as_ref()
    }

    /// The id that an error answer repeats: that of a request.
    pub fn answerable(&self) -> Option<&Id> {
        self.id.as_ref().filter(|_| self.kind == Kind::Request)
    }

    /// Whether this answers a request of the server (sampling, elicitation, roots).
    pub fn is_response(&self) -> bool {
        self.kind == Kind::Response
    }

    /// What the message names: the tool, prompt, resource, task or completion reference.
    pub fn name(&self) -> Option<&str> {
        let parameters = self.parameters()?;
        let holder = match self.method()? {
            "completion/complete" => parameters.get("ref")?.as_object()?,
            _ => parameters,
        };
        holder.get(name_member(self.method()?, holder)?)?.as_str()
    }

    /// A tool's or prompt's arguments, as the JSON text that they came in.
    pub const fn arguments(&self) -> Option<&'a str> {
        self.arguments
    }

    /// The names of the arguments, in document order; none where they are not an object.
    pub fn argument_names(&self) -> impl Iterator<Item = &str> {
        let arguments = self.parameters().and_then(|parameters| parameters.get("arguments"));
        let members = arguments.and_then(Json::as_object);
        members.into_iter().flat_map(Object::iter).map(|(name, _)| name)
    }

    /// The revision that the message itself states, as those of 2026-07-28 do.
    pub fn protocol_version(&self) -> Option<&str> {
        let meta = self.parameters()?.get("_meta")?.as_object()?;
        meta.get("io.modelcontextprotocol/protocolVersion")?.as_str()
    }

    fn parameters(&self) -> Option<&Object> {
        self.content.get("params")?.as_object()
    }

    /// What a policy decides on must be there, and be text.
    fn require_name(&self) -> Result<(), MessageError> {
        let Some(method) = self.method() else { return Ok(()) };
        let needed = match method {
            "prompts/get" | "tools/call" => "name",
            "resources/read" | "resources/subscribe" | "resources/unsubscribe" => "uri",
            _ => return Ok(()),
        };
        let given = match self.parameters() {
            None => None,
            Some(parameters) => parameters.string(needed)?,
        };
        match given {
            Some(_) => Ok(()),
            None if needed == "uri" => Err(MessageError::Shape("it names no resource")),
            None => Err(MessageError::Shape("it names no tool or prompt")),
        }
    }
}

/// The member of `params` (or `ref`) that names what a method is about.
fn name_member(method: &str, holder: &Object) -> Option<&'static str> {
    match method {
        "prompts/get" | "tools/call" => Some("name"),
        "completion/complete" if holder.contains("uri") => Some("uri"),
        "completion/complete" => Some("name"),
        _ if method.starts_with("resources/") => Some("uri"),
        _ if method.starts_with("tasks/") => Some("taskId"),
        _ => None,
    }
}

fn kind(content: &Object) -> Result<Kind, MessageError> {
    let (has_id, method) = (content.contains("id"), content.string("method")?);
    let answers = [content.contains("result"), content.contains("error")];
    match (method, answers) {
        (Some(_), [false, false]) if has_id => Ok(Kind::Request),
        (Some(_), [false, false]) => Ok(Kind::Notification),
        (None, [true, false] | [false, true]) if has_id => Ok(Kind::Response),
        (None, [false, false]) => Err(MessageError::Shape("it has neither `method` nor an answer")),
        (None, [true, true]) => Err(MessageError::Shape("it has both `result` and `error`")),
        (None, _) => Err(MessageError::Shape("it is an answer without `id`")),
        (Some(_), _) => Err(MessageError::Shape("it is a request and an answer at once")),
    }
}

fn id(raw: &RawValue) -> Result<Id, MessageError> {
    let text = raw.get();
    if text.len() > Id::LONGEST {
        return Err(MessageError::Shape("its `id` is longer than 256 bytes"));
    }
    match text.as_bytes().first() {
        Some(b'"' | b'-' | b'0'..=b'9' | b'n') => Ok(Id(raw.to_owned())),
        _ => Err(MessageError::Shape("its `id` is neither text nor a number")),
    }
}

/// No member may look like one of `known` to a reader that ignores letter case.
fn unmistakable(object: &Object, known: &[&'static str]) -> Result<(), MessageError> {
    for (name, _) in object {
        if let Some(known) = known.iter().find(|known| same_but_for_case(name, known)) {
            let (found, known) = (name.to_owned(), (*known).to_owned());
            return Err(MessageError::Ambiguous { found, known });
        }
    }
    Ok(())
}

/// Reads the raw members of an object that was read strictly before.
pub(crate) fn reread(text: &[u8]) -> Result<Members<'_>, JsonError> {
    serde_json::from_slice(text).map_err(|error| JsonError::Syntax {
        problem: "an object is expected".to_owned(),
        line: error.line(),
        column: error.column(),
    })
}

/// Members of a message.
const MEMBERS: [&str; 6] = ["error", "id", "jsonrpc", "method", "params", "result"];
/// Members of `params` that name what a message is about.
const PARAMETERS: [&str; 6] = ["_meta", "arguments", "name", "ref", "taskId", "uri"];

#[cfg(test)]
mod tests;
