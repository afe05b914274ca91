//! From the facts of a verified token to its identity.

use vicar_token::Object;

use crate::{
    Directory, Identity, IdentityError, Profile, TokenKind, entra, kubernetes, oidc, recognise_in,
    rfc8693, spiffe,
};

/// What is known of a token before anyone asks whom it speaks of. For a decision these must be
/// the facts of a `vicar_token::Verified`; an inspector may pass those of an unverified token.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// `typ` of the header, as written.
    pub header_type: Option<&'a str>,
    /// The claims.
    pub claims: &'a Object,
    /// The bundle's name of the issuer that the token was matched to.
    pub issuer_name: &'a str,
    /// Entra: the tenant that the issuer match found in `iss`.
    pub tenant: Option<&'a str>,
}

/// Who asked and who acts, of an access token. Any other kind of token is refused as what it is.
///
/// # Errors
/// [`IdentityError`], with a stable [`reason`](IdentityError::reason) and what would change it.
pub fn identify(
    facts: &Facts<'_>,
    profile: &Profile,
    directory: &Directory,
) -> Result<Identity, IdentityError> {
    let recognition = recognise_in(facts.header_type, facts.claims, directory);
    if recognition.kind != TokenKind::AccessToken {
        return Err(IdentityError::NotAnAccessToken(recognition));
    }
    read(facts, profile, directory, TokenKind::AccessToken)
}

/// As [`identify`], but also reads the tokens that are only good for obtaining others: T1 and X2
/// (mode `exchange_credential`) and Tc. For inspectors and for checks around an exchange, never
/// for a decision on an API call.
///
/// # Errors
/// As [`identify`], for the kinds of token that have no such reading.
pub fn describe(
    facts: &Facts<'_>,
    profile: &Profile,
    directory: &Directory,
) -> Result<Identity, IdentityError> {
    let recognition = recognise_in(facts.header_type, facts.claims, directory);
    let readable = match recognition.kind {
        TokenKind::AccessToken => true,
        TokenKind::BlueprintExchange | TokenKind::ExchangeToken | TokenKind::UserAssertion => {
            matches!(profile, Profile::Entra(_))
        }
        _ => false,
    };
    if readable {
        read(facts, profile, directory, recognition.kind)
    } else {
        Err(IdentityError::NotAnAccessToken(recognition))
    }
}

fn read(
    facts: &Facts<'_>,
    profile: &Profile,
    directory: &Directory,
    kind: TokenKind,
) -> Result<Identity, IdentityError> {
    match profile {
        Profile::Entra(profile) => entra::read(facts, profile, directory, kind),
        Profile::Kubernetes => kubernetes::read(facts, directory),
        Profile::Oidc(profile) => oidc::read(facts, profile, directory),
        Profile::Rfc8693(profile) => rfc8693::read(facts, profile, directory),
        Profile::Spiffe => spiffe::read(facts, directory),
    }
}
