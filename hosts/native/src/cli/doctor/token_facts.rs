//! What of a credential's token matters to whom it is presented.

use vicar_identity::facets::Facets;
use vicar_token::{Header, Object, UnixSeconds, json::WrongType};

/// The facts; nobody has verified them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TokenFacts {
    pub(super) issuer: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) audiences: Vec<String>,
    pub(super) issued_at: Option<UnixSeconds>,
    pub(super) not_before: Option<UnixSeconds>,
    pub(super) expires_at: Option<UnixSeconds>,
    pub(super) algorithm: String,
    pub(super) key_id: Option<String>,
    /// Whether it bears a mark of tokens that were obtained with a federated credential.
    pub(super) from_federation: bool,
}

impl TokenFacts {
    pub(super) fn read(header: &Header, claims: &Object) -> Result<Self, WrongType> {
        let text = |name: &str| claims.string(name).map(|found| found.map(str::to_owned));
        let time = |name: &'static str| {
            let number = claims.integer(name)?;
            // A time before 1970 is as good as none.
            Ok::<_, WrongType>(number.and_then(|number| u64::try_from(number).ok()))
        };
        let audiences = claims.string_or_list("aud")?.unwrap_or_default();
        let relation = claims.string("xms_idrel")?.and_then(|text| Facets::parse(text).ok());
        Ok(Self {
            issuer: text("iss")?,
            subject: text("sub")?,
            audiences: audiences.into_iter().map(str::to_owned).collect(),
            issued_at: time("iat")?,
            not_before: time("nbf")?,
            expires_at: time("exp")?,
            algorithm: header.algorithm.clone(),
            key_id: header.key_id.clone(),
            from_federation: claims.contains("xms_ficinfo")
                || relation.is_some_and(|relation| relation.contains(FEDERATED_IDENTITY)),
        })
    }
}

/// `xms_idrel`: a federated managed identity.
const FEDERATED_IDENTITY: u32 = 33;
