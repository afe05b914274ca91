//! What a decision leaves for others: filter state, dynamic metadata, headers.

use std::{borrow::Cow, sync::Arc};

use serde::Deserialize;
use vicar::Admitted;
use vicar_identity::Principal;
use vicar_token::Reason;

/// A fact about a decided request, by the name it has in `wasm.vicar.*`, in dynamic metadata and
/// in `x-vicar-*` headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StateKey {
    /// Who acts: directory name, else `<realm>/<id>`.
    Actor,
    /// The actor's blueprint: directory name, else id.
    Blueprint,
    /// Digest of the bundle that decided.
    Bundle,
    /// The bundle's name of the token's issuer.
    Issuer,
    /// How the actor acts, for example `on_behalf_of`.
    Mode,
    /// Ids of the determining policies, joined by commas.
    Policies,
    /// The stable reason code.
    Reason,
    /// On whose behalf: directory name, else `<realm>/<id>`.
    Subject,
    /// The token's tenant: directory name, else id.
    Tenant,
    /// `allow` or `deny`; a denied request passes in shadow mode.
    Verdict,
}

impl StateKey {
    /// Every key.
    pub const ALL: [Self; 10] = [
        Self::Actor,
        Self::Blueprint,
        Self::Bundle,
        Self::Issuer,
        Self::Mode,
        Self::Policies,
        Self::Reason,
        Self::Subject,
        Self::Tenant,
        Self::Verdict,
    ];

    /// Its name, for example `actor`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::Blueprint => "blueprint",
            Self::Bundle => "bundle",
            Self::Issuer => "issuer",
            Self::Mode => "mode",
            Self::Policies => "policies",
            Self::Reason => "reason",
            Self::Subject => "subject",
            Self::Tenant => "tenant",
            Self::Verdict => "verdict",
        }
    }
}

/// What a decision leaves for others. Values are made when they are asked for.
#[derive(Clone, Debug)]
pub struct State {
    pub(crate) admitted: Option<Arc<Admitted>>,
    pub(crate) allowed: bool,
    pub(crate) bundle: Arc<str>,
    pub(crate) policies: String,
    pub(crate) reason: &'static Reason,
}

impl State {
    /// The fact under `key`, if this request has it. Printable ASCII without quotes or commas,
    /// but for the commas between policies: names and ids from a token are percent-encoded where
    /// they hold anything else, so that a value can neither end a header nor look like two.
    pub fn value(&self, key: StateKey) -> Option<Cow<'_, str>> {
        let identity = self.admitted.as_deref().map(Admitted::identity);
        match key {
            StateKey::Actor => Some(named(&identity?.actor)),
            StateKey::Blueprint => {
                let blueprint = identity?.blueprint.as_ref()?;
                Some(safe(blueprint.name.as_deref().unwrap_or(&blueprint.id)))
            }
            StateKey::Bundle => Some(Cow::Borrowed(&self.bundle)),
            StateKey::Issuer => Some(safe(&identity?.issuer_name)),
            StateKey::Mode => Some(Cow::Borrowed(identity?.mode.name())),
            StateKey::Policies => {
                Some(Cow::Borrowed(self.policies.as_str())).filter(|policies| !policies.is_empty())
            }
            StateKey::Reason => Some(Cow::Borrowed(self.reason.code)),
            StateKey::Subject => Some(named(&identity?.subject)),
            StateKey::Tenant => {
                let tenant = identity?.tenant.as_ref()?;
                Some(safe(tenant.name.as_deref().unwrap_or(&tenant.id)))
            }
            StateKey::Verdict => Some(Cow::Borrowed(if self.allowed { "allow" } else { "deny" })),
        }
    }

    /// Every fact that this request has.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        StateKey::ALL.into_iter().filter_map(|key| Some((key.name(), self.value(key)?)))
    }

    /// The token's identity, for hosts that hand it on whole.
    pub fn admitted(&self) -> Option<&Admitted> {
        self.admitted.as_deref()
    }
}

fn named(principal: &Principal) -> Cow<'_, str> {
    match principal.name.as_deref() {
        Some(name) => safe(name),
        None => Cow::Owned(format!("{}/{}", safe(&principal.realm), safe(&principal.id))),
    }
}

/// Text from a token, percent-encoded where it holds more than a header value may.
fn safe(text: &str) -> Cow<'_, str> {
    let plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"%,\\".contains(byte);
    if text.bytes().all(|byte| plain(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if plain(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    Cow::Owned(encoded)
}
