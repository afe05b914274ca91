//! Tokens that another filter has verified, as it leaves them in the dynamic metadata.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use prost::Message as _;
use prost_types::{ListValue, Struct, Value, value::Kind};
use serde_json::Value as Json;

use crate::support::*;

/// `envoy.config.core.v3.Metadata`.
#[derive(Clone, PartialEq, prost::Message)]
struct Metadata {
    #[prost(btree_map = "string, message", tag = "1")]
    filter_metadata: BTreeMap<String, Struct>,
}

fn trusting() -> Vec<u8> {
    let bundle = String::from_utf8(compiled().bundle.to_bytes()).unwrap();
    let bundle = bundle.trim_end();
    let place = r#"{"payload":"payload","header":"header","issuer":"entra"}"#;
    format!(r#"{{"bundle":{{"inline":{bundle}}},"mode":"trust_jwt_authn","jwt_authn":{place}}}"#)
        .into_bytes()
}

/// What `jwt_authn` leaves of the good token, its claims changed.
fn verified(change: impl Fn(&mut serde_json::Map<String, Json>)) -> Vec<u8> {
    let good = String::from_utf8(good()).unwrap();
    let mut parts = good.strip_prefix("Bearer ").unwrap().split('.').map(|part| {
        let Json::Object(members) =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap_or_default())
                .unwrap_or_default()
        else {
            return serde_json::Map::new();
        };
        members
    });
    let (header, mut claims) = (parts.next().unwrap(), parts.next().unwrap());
    change(&mut claims);
    let fields = [("header", Json::Object(header)), ("payload", Json::Object(claims))];
    let fields = fields.into_iter().map(|(name, json)| (name.to_owned(), protobuf(json))).collect();
    let name = "envoy.filters.http.jwt_authn".to_owned();
    Metadata { filter_metadata: BTreeMap::from([(name, Struct { fields })]) }.encode_to_vec()
}

fn protobuf(json: Json) -> Value {
    let kind = match json {
        Json::Null => Kind::NullValue(0),
        Json::Bool(value) => Kind::BoolValue(value),
        Json::Number(number) => Kind::NumberValue(number.as_f64().unwrap()),
        Json::String(text) => Kind::StringValue(text),
        Json::Array(items) => {
            Kind::ListValue(ListValue { values: items.into_iter().map(protobuf).collect() })
        }
        Json::Object(members) => Kind::StructValue(Struct {
            fields: members.into_iter().map(|(name, json)| (name, protobuf(json))).collect(),
        }),
    };
    Value { kind: Some(kind) }
}

#[test]
fn what_jwt_authn_verified_is_judged_and_nothing_else_is_believed() {
    let search = call("search_invoices", r#"{"query":"x"}"#);
    let good = good();
    let request = |body: &str| mcp(&[&good], body);
    on_both(&trusting(), |machine| {
        start(machine);
        let unverified = End::Answered(401, "vicar_token_missing".to_owned());
        let cases = [
            (None, search.clone(), unverified.clone()),
            (Some(Vec::new()), search.clone(), unverified),
            (Some(verified(|_| {})), search.clone(), End::Passed),
            (
                Some(verified(|_| {})),
                call("rebuild_index", "{}"),
                End::Answered(200, "vicar_no_permit".to_owned()),
            ),
            (
                Some(verified(|claims| {
                    for (name, ago) in [("iat", 7200), ("nbf", 7200), ("exp", 3600)] {
                        claims.insert(name.to_owned(), Json::from(CLOCK - ago));
                    }
                })),
                search.clone(),
                End::Answered(401, "vicar_token_expired".to_owned()),
            ),
            (
                Some(verified(|claims| {
                    claims.insert("aud".to_owned(), Json::from("https://elsewhere.example"));
                })),
                search.clone(),
                End::Answered(401, "vicar_audience_wrong".to_owned()),
            ),
            (
                Some(b"\xff\xff".to_vec()),
                search.clone(),
                End::Answered(500, "vicar_proxy_failed".to_owned()),
            ),
        ];
        for (place, (metadata, body, wanted)) in cases.into_iter().enumerate() {
            {
                let mut world = machine.world().borrow_mut();
                world.properties.remove("metadata");
                world.properties.extend(metadata.map(|bytes| ("metadata".to_owned(), bytes)));
            }
            let context = 10 + u32::try_from(place).unwrap();
            assert_eq!(send(machine, context, request(&body)), wanted, "case {place}");
        }
    });
}
