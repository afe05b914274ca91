//! A tool call's arguments, typed as the bundle declares them.

use vicar_bundle::{contents::ValueType, surface::Argument};
use vicar_policy::{Record, Value};
use vicar_token::{Json, Object, json::Limits};

use super::shown;
use crate::{Refusal, reason, vocabulary::typed};

/// The declared arguments found in `text`; what the bundle does not declare, policies cannot
/// read. An optional argument that is null is as good as absent: clients send both.
pub(super) fn read(
    tool: &str,
    declared: &[Argument],
    text: Option<&str>,
) -> Result<Record, Refusal> {
    let given = match text {
        None | Some("{}") => Object::default(),
        Some(text) => parse(tool, text)?,
    };
    let mut read: Vec<(&str, Value)> = Vec::with_capacity(declared.len());
    for argument in declared {
        match given.get(&argument.name) {
            None if argument.required => {
                return Err(Refusal::new(
                    &reason::ARGUMENT_MISSING,
                    format!(
                        "the call of tool `{}` lacks its argument `{}`",
                        shown(tool),
                        argument.name
                    ),
                    format!("send `{}`", argument.name),
                ));
            }
            None => {}
            Some(Json::Null) if !argument.required => {}
            Some(json) => {
                let value = typed::value(json, argument.value_type)
                    .ok_or_else(|| wrong_type(tool, &argument.name, argument.value_type))?;
                read.push((&argument.name, value));
            }
        }
    }
    Ok(read.into_iter().collect())
}

fn parse(tool: &str, text: &str) -> Result<Object, Refusal> {
    let malformed = |why: String| {
        Refusal::new(
            &reason::ARGUMENTS_MALFORMED,
            format!("the arguments of tool `{}` are not a JSON object: {why}", shown(tool)),
            "send the arguments as one JSON object without duplicate names",
        )
    };
    match Json::parse(text.as_bytes(), &LIMITS) {
        Ok(Json::Object(object)) => Ok(object),
        Ok(_) => Err(malformed("another JSON value".to_owned())),
        Err(error) => Err(malformed(error.to_string())),
    }
}

fn wrong_type(tool: &str, argument: &str, wanted: ValueType) -> Refusal {
    Refusal::new(
        &reason::ARGUMENTS_MALFORMED,
        format!(
            "argument `{argument}` of tool `{}` is not {}",
            shown(tool),
            typed::describe(wanted)
        ),
        format!("send `{argument}` as {}", typed::describe(wanted)),
    )
}

/// Arguments may be longer than tokens: 256 KiB, depth 32, 8,192 members.
const LIMITS: Limits = Limits { bytes: 256 * 1024, depth: 32, members: 8192 };
