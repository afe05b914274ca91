//! A bundle's rules, made ready.

use vicar_bundle::{Bundle, contents::Contents};
use vicar_identity::{
    Directory, Facts, Identity, IdentityError, Profile, TokenKind, identify, recognise_in,
};
use vicar_policy::{EntityError, EntityStore};
use vicar_token::{TokenError, UnixSeconds, Unverified, Verified};

use crate::{
    Admitted, Refusal,
    resolve::SurfaceIndex,
    vocabulary::{shape::Shape, subject, world},
};

/// All of a gate that does not depend on how signatures are verified. Compiled once, whatever
/// the host's verifier.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) bundle: Bundle,
    pub(crate) world: EntityStore,
    pub(crate) index: SurfaceIndex,
    pub(crate) shape: Shape,
}

impl Rules {
    /// # Errors
    /// When the bundle names one thing twice.
    pub(crate) fn of(bundle: Bundle) -> Result<Self, EntityError> {
        let contents = bundle.contents();
        let index = SurfaceIndex::new(&contents.surface, bundle.program());
        Ok(Self {
            world: world::entities(contents, &index)?,
            index,
            shape: Shape::of(&contents.trust),
            bundle,
        })
    }

    pub(crate) const fn contents(&self) -> &Contents {
        self.bundle.contents()
    }

    /// A token of another kind is nearly always for another audience too; that it is, say, an
    /// exchange token helps its sender more than that its audience is wrong. The signature was
    /// good: the audience is checked after it.
    pub(crate) fn name_the_kind(&self, token: &Unverified<'_>, error: TokenError) -> Refusal {
        if error.reason() != &vicar_token::reason::AUDIENCE_WRONG {
            return error.into();
        }
        let header_type = token.header().token_type.as_deref();
        let recognition = recognise_in(header_type, token.claims(), &self.contents().directory);
        match recognition.kind {
            TokenKind::AccessToken => error.into(),
            _ => IdentityError::NotAnAccessToken(recognition).into(),
        }
    }

    /// Reads who a verified token speaks of, and prepares it for decisions.
    ///
    /// # Errors
    /// [`Refusal`] when its claims contradict each other, or it is no access token.
    pub(crate) fn admit(&self, token: String, verified: Verified) -> Result<Admitted, Refusal> {
        self.admit_by(identify, token, verified)
    }

    /// As [`admit`](Self::admit), with the identity that `read` finds.
    pub(crate) fn admit_by(
        &self,
        read: impl Fn(&Facts<'_>, &Profile, &Directory) -> Result<Identity, IdentityError>,
        token: String,
        verified: Verified,
    ) -> Result<Admitted, Refusal> {
        let contents = self.contents();
        let issuer = contents
            .trust
            .iter()
            .find(|issuer| issuer.trusted.name == verified.issuer_name())
            .ok_or_else(|| unknown_issuer(verified.issuer_name()))?;
        let identity = read(&facts(&verified), &issuer.profile, &contents.directory)?;
        let subject = subject::prepare(
            &identity,
            verified.claims(),
            &issuer.claims,
            &contents.directory,
            &self.world,
            self.shape,
        )?;
        let skew = UnixSeconds::from(issuer.trusted.clock_skew_seconds);
        Ok(Admitted {
            token,
            valid_from: verified
                .not_before()
                .into_iter()
                .chain(verified.issued_at())
                .max()
                .unwrap_or_default()
                .saturating_sub(skew),
            // A token is good until, not through, its last second (RFC 7519 section 4.1.4).
            valid_until: verified.expires_at().saturating_add(skew).saturating_sub(1),
            verified,
            identity,
            subject,
        })
    }
}

fn facts(verified: &Verified) -> Facts<'_> {
    Facts {
        header_type: verified.header().token_type.as_deref(),
        claims: verified.claims(),
        issuer_name: verified.issuer_name(),
        tenant: verified.tenant(),
    }
}

fn unknown_issuer(name: &str) -> Refusal {
    Refusal::new(
        &vicar_token::reason::ISSUER_UNTRUSTED,
        format!("the issuer `{name}` is not in the bundle"),
        "add it to the bundle's trust section",
    )
}
