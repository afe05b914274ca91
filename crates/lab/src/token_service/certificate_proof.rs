//! A client's own assertion, signed with its certificate's key.

use jsonwebtoken::Algorithm;

use crate::{
    directory::{Application, Certificate, Credential, Tenant},
    refusal::{Refusal, code},
};

use super::{
    TokenService,
    assertion::{Assertion, InTime},
    blueprint_proof::expired,
    client::Proof,
    shown,
};

impl TokenService<'_> {
    pub(super) fn certificate_proof(
        &self,
        tenant: &Tenant,
        application: &Application,
        token: &Assertion<'_>,
    ) -> Result<Proof, Refusal> {
        let algorithm = token.algorithm(&[Algorithm::RS256, Algorithm::PS256])?;
        if !token.text("sub").is_some_and(|it| it.eq_ignore_ascii_case(&application.id)) {
            return Err(Refusal::new(
                code::SUBJECT_IS_NOT_ISSUER,
                "Subject must match Issuer claim in the client assertion.",
            ));
        }
        let certificate = certificate(application, token).ok_or_else(|| unknown(token))?;
        if !certificate.verify(algorithm, token.message, token.signature) {
            return Err(Refusal::new(
                code::CLIENT_ASSERTION_SIGNATURE,
                format!(
                    "The certificate with identifier used to sign the client assertion is \
                     registered on the application, but the signature is not valid. [Reason - The \
                     key was found, but the signature does not match. Thumbprint of key used by \
                     client: '{}'].",
                    certificate.sha1_hex
                ),
            ));
        }
        if !token.audiences().iter().any(|audience| self.is_own_address(tenant, audience)) {
            return Err(Refusal::new(
                code::CLIENT_ASSERTION_AUDIENCE,
                "Client assertion audience claim does not match Realm issuer.",
            ));
        }
        let counts = (certificate.not_before..=certificate.not_after).contains(&self.now);
        if token.in_time(self.now) == InTime::No || !token.claims.contains_key("exp") || !counts {
            return Err(expired(token, self.now));
        }
        Ok(Proof::Certificate)
    }

    /// Whether `audience` is the token endpoint or the issuer of the tenant, here or by
    /// Microsoft's name.
    fn is_own_address(&self, tenant: &Tenant, audience: &str) -> bool {
        let authority = self.authority;
        let origins = [authority.origin.clone(), format!("https://{}", authority.host)];
        let names = [tenant.id.as_str(), tenant.domain.as_str(), "common", "organizations"];
        let known = origins.iter().any(|origin| {
            names.iter().any(|name| {
                [format!("{origin}/{name}/oauth2/v2.0/token"), format!("{origin}/{name}/v2.0")]
                    .iter()
                    .any(|address| address == audience)
            })
        });
        known || [1, 2].iter().any(|version| authority.issuer(*version, &tenant.id) == audience)
    }
}

/// The certificate that the header names: by `x5t#S256`, `x5t` or a `kid` in hexadecimal. A chain
/// in `x5c` proves nothing here and is not read.
fn certificate<'a>(application: &'a Application, token: &Assertion<'_>) -> Option<&'a Certificate> {
    let trim = |text: &str| text.trim_end_matches('=').to_owned();
    let sha256 = token.header("x5t#S256").map(trim);
    let sha1 = token.header("x5t").map(trim);
    let key_id = token.header("kid");
    application.credentials.iter().find_map(|credential| match credential {
        Credential::Certificate(certificate)
            if sha256.as_ref() == Some(&certificate.sha256)
                || sha1.as_ref() == Some(&certificate.sha1)
                || key_id.is_some_and(|it| it.eq_ignore_ascii_case(&certificate.sha1_hex)) =>
        {
            Some(certificate)
        }
        _ => None,
    })
}

fn unknown(token: &Assertion<'_>) -> Refusal {
    let named = token.header("x5t#S256").or(token.header("x5t")).or(token.header("kid"));
    Refusal::new(
        code::CLIENT_ASSERTION_SIGNATURE,
        format!(
            "The certificate with identifier used to sign the client assertion is not registered \
             on application. [Reason - The key was not found., Thumbprint of key used by client: \
             '{}'].",
            shown(named.unwrap_or("none"))
        ),
    )
}
