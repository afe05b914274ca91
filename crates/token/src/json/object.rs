//! Objects with typed, strict getters.

use std::collections::BinaryHeap;

use super::{Json, JsonError, Limits};
use crate::quote::Quoted;

/// A JSON object: members in document order, names unique.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    members: Vec<(String, Json)>,
}

/// A member is there but is not of the type asked for. Absence is never an error of this kind, and
/// a wrong type is never taken for absence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is {found} where {wanted} is expected", Quoted(.name))]
pub struct WrongType {
    /// The member's name.
    pub name: String,
    /// What it is, for example `a string`.
    pub found: &'static str,
    /// What was asked for, for example `an integer`.
    pub wanted: &'static str,
}

impl Object {
    /// An object without members.
    pub const fn new() -> Self {
        Self { members: Vec::new() }
    }

    /// Reads a document whose value is an object.
    ///
    /// # Errors
    /// As [`Json::parse`], and [`JsonError::NotAnObject`] for another kind of value.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, JsonError> {
        match Json::parse(bytes, limits)? {
            Json::Object(object) => Ok(object),
            other => Err(JsonError::NotAnObject { found: other.kind() }),
        }
    }

    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// Whether there is a member of this name, whatever its value.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The members in document order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Json)> {
        self.members.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Sets a member: in its place when the name is there already, else at the end.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Json>) -> Option<Json> {
        let (name, value) = (name.into(), value.into());
        if let Some((_, slot)) = self.members.iter_mut().find(|(member, _)| *member == name) {
            return Some(std::mem::replace(slot, value));
        }
        self.members.push((name, value));
        None
    }

    /// Removes a member.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        let index = self.members.iter().position(|(member, _)| member == name)?;
        Some(self.members.remove(index).1)
    }

    /// The member as a string; `None` when absent.
    ///
    /// # Errors
    /// [`WrongType`] for any other value, `null` included.
    pub fn string(&self, name: &str) -> Result<Option<&str>, WrongType> {
        self.typed(name, "a string", Json::as_str)
    }

    /// The member as an integer; `None` when absent.
    ///
    /// # Errors
    /// [`WrongType`] for any other value: a number in a string, a fraction, an exponent, or
    /// beyond `i64`.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, WrongType> {
        self.typed(name, "an integer", Json::as_integer)
    }

    /// The member as a boolean; `None` when absent.
    ///
    /// # Errors
    /// [`WrongType`] for any other value.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, WrongType> {
        self.typed(name, "a boolean", Json::as_bool)
    }

    /// The member as an object; `None` when absent.
    ///
    /// # Errors
    /// [`WrongType`] for any other value.
    pub fn object(&self, name: &str) -> Result<Option<&Object>, WrongType> {
        self.typed(name, "an object", Json::as_object)
    }

    /// The member as an array of strings; `None` when absent.
    ///
    /// # Errors
    /// [`WrongType`] for any other value, and for an array with any other item.
    pub fn string_list(&self, name: &str) -> Result<Option<Vec<&str>>, WrongType> {
        self.typed(name, "an array of strings", |value| strings(value.as_array()?))
            .map_err(blame_items)
    }

    /// The member as one string or an array of strings, as `aud` may be (RFC 7519 section
    /// 4.1.3); `None` when absent.
    ///
    /// # Errors
    /// [`WrongType`] for any other value, and for an array with any other item.
    pub fn string_or_list(&self, name: &str) -> Result<Option<Vec<&str>>, WrongType> {
        self.typed(name, "a string or an array of strings", |value| match value {
            Json::String(text) => Some(vec![text.as_str()]),
            _ => strings(value.as_array()?),
        })
        .map_err(blame_items)
    }

    /// Appends a member without looking whether its name is new; the reader asks
    /// [`repeated_name`](Self::repeated_name) once, at the end.
    pub(super) fn push_read(&mut self, name: String, value: Json) {
        self.members.push((name, value));
    }

    /// A name that more than one member has.
    pub(super) fn repeated_name(&self) -> Option<&str> {
        // Guests carry a sort for each type, and a heap's is a tenth of the code.
        let names: BinaryHeap<&str> = self.members.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.into_sorted_vec();
        names.windows(2).find_map(|pair| match pair {
            [one, other] if one == other => Some(*one),
            _ => None,
        })
    }

    fn typed<'a, T>(
        &'a self,
        name: &str,
        wanted: &'static str,
        read: impl FnOnce(&'a Json) -> Option<T>,
    ) -> Result<Option<T>, WrongType> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let Some(typed) = read(value) else {
            return Err(WrongType { name: name.to_owned(), found: value.kind(), wanted });
        };
        Ok(Some(typed))
    }
}

fn strings(items: &[Json]) -> Option<Vec<&str>> {
    items.iter().map(Json::as_str).collect()
}

/// Where an array was wanted, its items must be to blame.
fn blame_items(wrong: WrongType) -> WrongType {
    match wrong.found {
        "an array" => WrongType { found: "an array with an item of another type", ..wrong },
        _ => wrong,
    }
}

/// Later members replace earlier ones of the same name, in the earlier one's place.
impl<N: Into<String>, V: Into<Json>> FromIterator<(N, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(members: I) -> Self {
        let mut object = Self::new();
        object.extend(members);
        object
    }
}

impl<N: Into<String>, V: Into<Json>> Extend<(N, V)> for Object {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, members: I) {
        for (name, value) in members {
            self.insert(name, value);
        }
    }
}

impl<'a> IntoIterator for &'a Object {
    type Item = (&'a str, &'a Json);
    type IntoIter = std::iter::Map<
        std::slice::Iter<'a, (String, Json)>,
        fn(&'a (String, Json)) -> (&'a str, &'a Json),
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.members.iter().map(|(name, value)| (name.as_str(), value))
    }
}
