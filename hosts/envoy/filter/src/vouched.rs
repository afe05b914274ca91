//! What Envoy's `jwt_authn` verified, out of its dynamic metadata.

use std::borrow::Cow;

use prost::Message;
use vicar_gateway::Vouched;

use crate::{
    configuration::JwtAuthn,
    host::{ProxyHost, Status},
    protobuf::{Metadata, json_value},
};

/// Claims and header as JSON.
#[derive(Debug)]
pub(crate) struct VouchedDocuments {
    issuer: Option<String>,
    header: Option<String>,
    claims: String,
}

impl VouchedDocuments {
    /// Reads what `jwt_authn` left; nothing when it left nothing.
    ///
    /// The whole dynamic metadata is asked for, as protobuf: single members come as bare bytes
    /// that do not tell a text from a number or a list.
    pub(crate) fn read(host: &impl ProxyHost, place: &JwtAuthn) -> Result<Option<Self>, Status> {
        let Some(bytes) = host.property(&["metadata"])? else { return Ok(None) };
        let metadata = Metadata::decode(bytes.as_slice()).map_err(|_| Status::ParseFailure)?;
        let Some(left) = metadata.filter_metadata.get(JWT_AUTHN) else { return Ok(None) };
        let document = |name: &str| {
            let value = left.fields.get(name)?;
            // What JSON cannot say is no claim set: the token counts as unverified.
            json_value(value).filter(serde_json::Value::is_object).map(|json| json.to_string())
        };
        let Some(claims) = document(&place.payload) else { return Ok(None) };
        let header = place.header.as_deref().and_then(document);
        Ok(Some(Self { issuer: place.issuer.clone(), header, claims }))
    }

    pub(crate) fn as_vouched(&self) -> Vouched<'_> {
        Vouched {
            issuer: self.issuer.as_deref().map(Cow::Borrowed),
            header: self.header.as_deref().map(|header| Cow::Borrowed(header.as_bytes())),
            claims: Cow::Borrowed(self.claims.as_bytes()),
        }
    }
}

const JWT_AUTHN: &str = "envoy.filters.http.jwt_authn";
