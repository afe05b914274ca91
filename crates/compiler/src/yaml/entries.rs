//! Named entries in file order, and entries that have a short form.

use std::{borrow::Cow, fmt, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{self, value::MapAccessDeserializer},
};

use super::Placed;

/// A YAML mapping of names, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entries<T>(pub(crate) Vec<(Placed<String>, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Entries<T> {
    /// The entries in file order.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, (Placed<String>, T)> {
        self.0.iter()
    }

    /// Their names in file order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name.value.as_str())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for EntriesVisitor<T> {
    type Value = Entries<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a mapping of names")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

impl<T: JsonSchema> JsonSchema for Entries<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("EntriesOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": value })
    }
}

/// What can be written shorter than as a mapping.
pub(crate) trait Entry: Sized {
    /// The schema of its text form.
    fn text_schema() -> Schema;

    /// Reads its text form; the error says what was expected.
    fn from_text(text: &str) -> Result<Self, String>;

    /// What it is when only its name is written (`search:`), if that says enough.
    fn from_name() -> Option<Self> {
        None
    }
}

/// An entry in its long or short form.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Item<T>(pub(crate) T);

impl<'de, T: Entry + Deserialize<'de>> Deserialize<'de> for Item<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemVisitor(PhantomData))
    }
}

struct ItemVisitor<T>(PhantomData<T>);

impl<'de, T: Entry + Deserialize<'de>> de::Visitor<'de> for ItemVisitor<T> {
    type Value = Item<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("text or a mapping")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        T::from_text(text).map(Item).map_err(E::custom)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        T::from_name().map(Item).ok_or_else(|| E::custom("expected a value after the colon"))
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        self.visit_unit()
    }

    fn visit_map<A: de::MapAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(access)).map(Item)
    }
}

impl<T: Entry + JsonSchema> JsonSchema for Item<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Item", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (short, long) = (T::text_schema(), generator.subschema_for::<T>());
        match T::from_name() {
            Some(_) => json_schema!({ "anyOf": [short, long, { "type": "null" }] }),
            None => json_schema!({ "anyOf": [short, long] }),
        }
    }
}
