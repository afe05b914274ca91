//! `AzureAd`: whose tokens, which tenant, which application.

use vicar_exchange::{Authority, Credential, Guid, cloud::NATIONAL_CLOUDS};
use vicar_token::Cloud;

use super::{Own, Problems, Variables, credential};
use crate::exchange::SigningKeys;

/// `AzureAd`.
#[derive(Clone, Debug)]
pub struct EntraSettings {
    /// `Instance`: a national cloud, or an emulator that stands in for one.
    pub authority: Authority,
    /// `TenantId`.
    pub tenant: Guid,
    /// `ClientId`: the blueprint, or an ordinary application.
    pub client: Guid,
    /// `Audience`, `Audiences`: accepted `aud` of callers' tokens.
    pub audiences: Vec<String>,
    /// `Scopes`: one of them has to be in a caller's token; none means any.
    pub scopes: Vec<String>,
    /// `ClientCapabilities`, for example `cp1`.
    pub capabilities: Vec<String>,
    /// The first usable one of `ClientCredentials`.
    pub credential: Credential,
}

impl EntraSettings {
    pub(super) fn read(
        variables: &Variables,
        own: &Own,
        keys: &mut SigningKeys,
        warnings: &mut Vec<String>,
        problems: &mut Problems,
    ) -> Option<Self> {
        variables.contradictions(problems);
        let authority = authority(variables, warnings, problems);
        let tenant = guid(variables, "AzureAd:TenantId", "the tenant's GUID", problems);
        let client =
            guid(variables, "AzureAd:ClientId", "the app id (a GUID) of the blueprint", problems);
        let credential = credential::read(variables, own, keys, warnings, problems);
        let (authority, tenant, client, credential) = (authority?, tenant?, client?, credential?);
        let mut audiences: Vec<String> = variables
            .get("AzureAd:Audience")
            .into_iter()
            .chain(variables.list("AzureAd:Audiences"))
            .map(str::to_owned)
            .collect();
        if audiences.is_empty() {
            audiences = vec![format!("api://{client}"), client.to_string()];
        }
        let scopes = variables.list("AzureAd:Scopes").into_iter().map(str::to_owned).collect();
        let capabilities =
            variables.list("AzureAd:ClientCapabilities").into_iter().map(str::to_owned).collect();
        Some(Self { authority, tenant, client, audiences, scopes, capabilities, credential })
    }
}

fn authority(
    variables: &Variables,
    warnings: &mut Vec<String>,
    problems: &mut Problems,
) -> Option<Authority> {
    let key = "AzureAd:Instance";
    let Some(instance) = variables.get(key) else {
        return Some(Authority::national(Cloud::Public));
    };
    let origin = instance.strip_suffix('/').unwrap_or(instance);
    if let Some(cloud) = NATIONAL_CLOUDS.iter().find(|cloud| cloud.origin == origin) {
        return Some(Authority::national(cloud.cloud));
    }
    match Authority::custom(Cloud::Public, origin) {
        Ok(authority) => {
            let shown = authority.origin();
            warnings
                .push(format!("tokens are asked of `{shown}`, which is none of Entra's clouds"));
            Some(authority)
        }
        Err(error) => {
            let wanted = format!("an https address without a path ({error})");
            problems.value(&variables.name(key), instance, wanted);
            None
        }
    }
}

pub(super) fn guid(
    variables: &Variables,
    key: &str,
    wanted: &str,
    problems: &mut Problems,
) -> Option<Guid> {
    let Some(value) = variables.get(key) else {
        problems.missing(&variables.name(key), wanted);
        return None;
    };
    let guid = Guid::parse(value).ok();
    if guid.is_none() {
        problems.value(&variables.name(key), value, wanted);
    }
    guid
}
