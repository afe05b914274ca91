//! Values and entities as Cedar's types.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Display;
use std::net::IpAddr;
use std::str::FromStr;

use cedar_policy::{
    Context, EntityId, EntityTypeName, EntityUid as CedarUid, RestrictedExpression,
};
use cedar_policy_core::ast;
use vicar_policy::{Entities, Entity, EntityUid, Record, Value};

use super::ReferenceError;

/// An entity reference.
///
/// # Errors
/// When the type is no Cedar name.
pub fn to_cedar_uid(uid: &EntityUid) -> Result<CedarUid, ReferenceError> {
    Converter::default().uid(uid)
}

/// The context of a request.
///
/// # Errors
/// When Cedar refuses a value.
pub fn to_cedar_context(context: &Record) -> Result<Context, ReferenceError> {
    let pairs = Converter::default().attributes(context)?;
    Context::from_pairs(pairs).map_err(|error| refused("the context", error))
}

/// What all layers together hold: of an entity in several layers, the last.
///
/// # Errors
/// When Cedar refuses an entity, for example because an attribute name or value is none.
pub fn to_cedar_entities(
    entities: &Entities<'_>,
) -> Result<cedar_policy::Entities, ReferenceError> {
    let mut visible: BTreeMap<&EntityUid, &Entity> = BTreeMap::new();
    for layer in entities.layers() {
        visible.extend(layer.entities().iter().map(|entity| (&entity.uid, entity)));
    }
    let mut converter = Converter::default();
    let converted: Vec<_> =
        visible.into_values().map(|entity| converter.entity(entity)).collect::<Result<_, _>>()?;
    cedar_policy::Entities::from_entities(converted, None)
        .map_err(|error| refused("the entities", error))
}

/// Keeps what is dear to make: Cedar parses each name.
#[derive(Default)]
struct Converter {
    types: BTreeMap<String, EntityTypeName>,
    offset: Option<ast::Name>,
}

impl Converter {
    fn uid(&mut self, uid: &EntityUid) -> Result<CedarUid, ReferenceError> {
        let name = match self.types.get(&*uid.entity_type) {
            Some(name) => name.clone(),
            None => {
                let name = EntityTypeName::from_str(&uid.entity_type)
                    .map_err(|error| refused(&uid.entity_type, error))?;
                self.types.insert(uid.entity_type.to_string(), name.clone());
                name
            }
        };
        Ok(CedarUid::from_type_name_and_id(name, EntityId::new(uid.id.as_ref())))
    }

    fn entity(&mut self, entity: &Entity) -> Result<cedar_policy::Entity, ReferenceError> {
        let parents: HashSet<CedarUid> =
            entity.parents.iter().map(|parent| self.uid(parent)).collect::<Result<_, _>>()?;
        cedar_policy::Entity::new_with_tags(
            self.uid(&entity.uid)?,
            self.attributes(&entity.attributes)?,
            parents,
            self.attributes(&entity.tags)?,
        )
        .map_err(|error| refused(&entity.uid.id, error))
    }

    fn attributes(
        &mut self,
        record: &Record,
    ) -> Result<HashMap<String, RestrictedExpression>, ReferenceError> {
        record
            .attributes()
            .iter()
            .map(|(name, value)| Ok((name.to_string(), self.value(value)?)))
            .collect()
    }

    fn value(&mut self, value: &Value) -> Result<RestrictedExpression, ReferenceError> {
        Ok(match value {
            Value::Bool(value) => RestrictedExpression::new_bool(*value),
            Value::Datetime(milliseconds) => self.datetime(*milliseconds)?,
            Value::Decimal(parts) => RestrictedExpression::new_decimal(decimal_text(*parts)),
            Value::Duration(milliseconds) => duration(*milliseconds),
            Value::Entity(uid) => RestrictedExpression::new_entity_uid(self.uid(uid)?),
            Value::Ip(network) => RestrictedExpression::new_ip(format!(
                "{}/{}",
                ip_text(network.address),
                network.prefix
            )),
            Value::Long(value) => RestrictedExpression::new_long(*value),
            Value::Record(record) => RestrictedExpression::new_record(self.attributes(record)?)
                .map_err(|error| refused("a record", error))?,
            Value::Set(set) => {
                let elements: Vec<_> = set
                    .elements()
                    .iter()
                    .map(|element| self.value(element))
                    .collect::<Result<_, _>>()?;
                RestrictedExpression::new_set(elements)
            }
            Value::String(text) => RestrictedExpression::new_string(text.to_string()),
        })
    }

    /// `datetime("1970-01-01").offset(…)`: Cedar's text form ends at the year 9999, its type
    /// does not.
    fn datetime(&mut self, milliseconds: i64) -> Result<RestrictedExpression, ReferenceError> {
        let offset = match &self.offset {
            Some(offset) => offset.clone(),
            None => {
                let offset = ast::Name::parse_unqualified_name("offset")
                    .map_err(|error| refused("offset", error))?;
                self.offset.insert(offset).clone()
            }
        };
        let operands = [RestrictedExpression::new_datetime("1970-01-01"), duration(milliseconds)];
        let call = ast::RestrictedExpr::call_extension_fn(
            offset,
            operands.map(|operand| operand.as_ref().clone()),
        );
        Ok(call.into())
    }
}

fn duration(milliseconds: i64) -> RestrictedExpression {
    RestrictedExpression::new_duration(format!("{milliseconds}ms"))
}

fn decimal_text(ten_thousandths: i64) -> String {
    let sign = if ten_thousandths < 0 { "-" } else { "" };
    let size = ten_thousandths.unsigned_abs();
    format!("{sign}{}.{:04}", size / 10_000, size % 10_000)
}

/// Cedar reads no IPv4 address inside an IPv6 one.
fn ip_text(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => address.segments().map(|segment| format!("{segment:x}")).join(":"),
    }
}

fn refused(what: &str, error: impl Display) -> ReferenceError {
    ReferenceError::Data { what: format!("`{what}`"), message: error.to_string() }
}
