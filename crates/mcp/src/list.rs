//! Lists in answers, reduced to what a caller may use.

use std::fmt::Write;

use serde_json::value::RawValue;
use vicar_token::{
    Json, Reason,
    json::{JsonError, Limits},
};

use crate::{message::reread, reason};

/// A list that a server gives out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListKind {
    /// `prompts/list`.
    Prompts,
    /// `resources/templates/list`.
    ResourceTemplates,
    /// `resources/list`.
    Resources,
    /// `tools/list`.
    Tools,
}

/// Why a list cannot be filtered. It must not reach the client.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// Several messages at once.
    #[error("the upstream answered with a batch of messages")]
    Batch,
    /// Not JSON, or beyond the limits.
    #[error("the upstream's answer cannot be read: {0}")]
    Json(#[from] JsonError),
    /// The list is no list.
    #[error("the upstream's `{0}` is not a list")]
    NotAList(&'static str),
    /// The list is too long.
    #[error("the upstream's list has more than {limit} entries")]
    TooLong {
        /// The most entries that are looked at.
        limit: usize,
    },
}

impl ListError {
    /// The stable reason.
    pub const fn reason(&self) -> &'static Reason {
        &reason::LIST_MALFORMED
    }
}

impl ListKind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::Prompts, Self::ResourceTemplates, Self::Resources, Self::Tools];

    /// The kind of list that a method asks for.
    pub fn of_method(method: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.method() == method)
    }

    /// The list of this kind alone.
    pub const fn alone(self) -> &'static [Self] {
        match self {
            Self::Prompts => &[Self::Prompts],
            Self::ResourceTemplates => &[Self::ResourceTemplates],
            Self::Resources => &[Self::Resources],
            Self::Tools => &[Self::Tools],
        }
    }

    /// The method that asks for it.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Prompts => "prompts/list",
            Self::ResourceTemplates => "resources/templates/list",
            Self::Resources => "resources/list",
            Self::Tools => "tools/list",
        }
    }

    /// The member of the result that holds the list.
    pub const fn member(self) -> &'static str {
        match self {
            Self::Prompts => "prompts",
            Self::ResourceTemplates => "resourceTemplates",
            Self::Resources => "resources",
            Self::Tools => "tools",
        }
    }

    /// The member of an entry by which it is called.
    const fn key(self) -> &'static str {
        match self {
            Self::Prompts | Self::Tools => "name",
            Self::ResourceTemplates => "uriTemplate",
            Self::Resources => "uri",
        }
    }
}

/// Most entries of one answer that are looked at; longer lists come in pages.
pub const LONGEST_LIST: usize = 1000;

/// Reduces every list of `kinds` in a server's message to the entries that `keep` wants, given the
/// name or URI of each. Gives the new text, or nothing where the message can stay as it is.
///
/// What is kept is kept to the byte; white space between members goes. An entry without its name
/// cannot be judged and is dropped.
///
/// # Errors
/// [`ListError`] when the message cannot be read, so that nobody knows what it lists.
pub fn filter(
    message: &[u8],
    kinds: &[ListKind],
    limits: &Limits,
    keep: &mut dyn FnMut(ListKind, &str) -> bool,
) -> Result<Option<String>, ListError> {
    let content = match Json::parse(message, limits)? {
        Json::Object(content) => content,
        Json::Array(_) => return Err(ListError::Batch),
        _ => return Ok(None),
    };
    let Some(result) = content.get("result").and_then(Json::as_object) else { return Ok(None) };
    let mut kept: Vec<(ListKind, Vec<bool>)> = Vec::new();
    for kind in kinds {
        let Some(list) = result.get(kind.member()) else { continue };
        let list = list.as_array().ok_or(ListError::NotAList(kind.member()))?;
        if list.len() > LONGEST_LIST {
            return Err(ListError::TooLong { limit: LONGEST_LIST });
        }
        let named = |entry: &Json| {
            let name = entry.as_object()?.get(kind.key())?.as_str()?;
            Some(keep(*kind, name))
        };
        let wanted: Vec<bool> = list.iter().map(named).map(|kept| kept.unwrap_or(false)).collect();
        if wanted.contains(&false) {
            kept.push((*kind, wanted));
        }
    }
    if kept.is_empty() { Ok(None) } else { rewritten(message, &kept).map(Some) }
}

/// The message with its lists cut down.
fn rewritten(message: &[u8], kept: &[(ListKind, Vec<bool>)]) -> Result<String, ListError> {
    let members = reread(message)?;
    let mut text = String::with_capacity(message.len());
    object(&mut text, &members.0, |text, name, value| {
        if name != "result" {
            text.push_str(value.get());
            return Ok(());
        }
        let result = reread(value.get().as_bytes())?;
        object(text, &result.0, |text, name, value| {
            match kept.iter().find(|(kind, _)| kind.member() == name) {
                None => text.push_str(value.get()),
                Some((_, wanted)) => array(text, value, wanted)?,
            }
            Ok(())
        })
    })?;
    Ok(text)
}

fn object(
    text: &mut String,
    members: &[(String, &RawValue)],
    mut value_text: impl FnMut(&mut String, &str, &RawValue) -> Result<(), ListError>,
) -> Result<(), ListError> {
    text.push('{');
    for (index, (name, value)) in members.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{}:", Json::from(name.as_str()));
        value_text(text, name, value)?;
    }
    text.push('}');
    Ok(())
}

fn array(text: &mut String, list: &RawValue, wanted: &[bool]) -> Result<(), ListError> {
    let entries: Vec<&RawValue> = serde_json::from_str(list.get()).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        JsonError::Syntax { problem: "a list is expected".to_owned(), line, column }
    })?;
    let kept: Vec<&str> = entries
        .iter()
        .zip(wanted)
        .filter(|(_, wanted)| **wanted)
        .map(|(entry, _)| entry.get())
        .collect();
    text.push('[');
    text.push_str(&kept.join(","));
    text.push(']');
    Ok(())
}

#[cfg(test)]
mod tests;
