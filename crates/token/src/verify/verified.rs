//! The evidence that a token was verified.

use super::StandardClaims;
use crate::UnixSeconds;
use crate::issuer::{IssuerForm, Selection};
use crate::json::Object;
use crate::jws::Header;

/// Claims whose signature, issuer, audience and times were checked. Only
/// [`verify`](super::verify()) makes one, and [`dangerous`](crate::dangerous) for those who know
/// better.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    header: Header,
    claims: Object,
    issuer_name: String,
    form: IssuerForm,
    tenant: Option<String>,
    standard: StandardClaims,
}

impl Verified {
    pub(crate) fn new(
        header: Header,
        claims: Object,
        selection: &Selection<'_>,
        standard: StandardClaims,
    ) -> Self {
        Self {
            header,
            claims,
            issuer_name: selection.issuer.name.clone(),
            form: selection.form,
            tenant: selection.tenant.map(str::to_owned),
            standard,
        }
    }

    pub(crate) fn assumed(
        header: Header,
        claims: Object,
        issuer_name: String,
        form: IssuerForm,
        tenant: Option<String>,
        standard: StandardClaims,
    ) -> Self {
        Self { header, claims, issuer_name, form, tenant, standard }
    }

    /// The JOSE header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// All claims.
    pub const fn claims(&self) -> &Object {
        &self.claims
    }

    /// The bundle's name of the issuer.
    pub fn issuer_name(&self) -> &str {
        &self.issuer_name
    }

    /// `iss` as sent; absent only from SPIFFE tokens.
    pub fn issuer(&self) -> Option<&str> {
        self.claims.get("iss").and_then(crate::Json::as_str)
    }

    /// Which form of the issuer's rule matched.
    pub const fn issuer_form(&self) -> IssuerForm {
        self.form
    }

    /// The tenant, a lower-case GUID, if the issuer is an Entra tenant: `iss`, `tid` and the
    /// bundle's list agree on it.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// The `kid` of the key that signed.
    pub fn key_id(&self) -> Option<&str> {
        self.header.key_id.as_deref()
    }

    /// `aud`, in order; one of them is accepted.
    pub fn audiences(&self) -> &[String] {
        &self.standard.audiences
    }

    /// `iat`.
    pub const fn issued_at(&self) -> Option<UnixSeconds> {
        self.standard.issued_at
    }

    /// `nbf`.
    pub const fn not_before(&self) -> Option<UnixSeconds> {
        self.standard.not_before
    }

    /// `exp`.
    pub const fn expires_at(&self) -> UnixSeconds {
        self.standard.expires_at
    }
}
