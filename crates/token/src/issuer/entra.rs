//! Entra's issuer forms: `iss` is a template filled in with the tenant's id.

use super::{Cloud, IssuerForm};

/// An `iss` value of Entra's, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntraIssuer<'a> {
    /// The clouds that issue under this host: v1 tokens of the public and the US Government cloud
    /// share one.
    pub clouds: &'static [Cloud],
    /// [`IssuerForm::EntraV1`] or [`IssuerForm::EntraV2`].
    pub form: IssuerForm,
    /// The tenant's id, a lower-case GUID.
    pub tenant: &'a str,
}

/// One issuer form: what stands before and after the tenant id.
struct Template {
    clouds: &'static [Cloud],
    form: IssuerForm,
    prefix: &'static str,
    suffix: &'static str,
}

/// Every issuer form of every cloud, after the issuers that the clouds' metadata documents name.
/// A v1 issuer ends in a slash, a v2 issuer does not.
const TEMPLATES: [Template; 5] = [
    Template {
        clouds: &[Cloud::Public, Cloud::UsGovernment],
        form: IssuerForm::EntraV1,
        prefix: "https://sts.windows.net/",
        suffix: "/",
    },
    Template {
        clouds: &[Cloud::China],
        form: IssuerForm::EntraV1,
        prefix: "https://sts.chinacloudapi.cn/",
        suffix: "/",
    },
    Template {
        clouds: &[Cloud::Public],
        form: IssuerForm::EntraV2,
        prefix: "https://login.microsoftonline.com/",
        suffix: "/v2.0",
    },
    Template {
        clouds: &[Cloud::UsGovernment],
        form: IssuerForm::EntraV2,
        prefix: "https://login.microsoftonline.us/",
        suffix: "/v2.0",
    },
    Template {
        clouds: &[Cloud::China],
        form: IssuerForm::EntraV2,
        prefix: "https://login.partner.microsoftonline.cn/",
        suffix: "/v2.0",
    },
];

/// What Entra's metadata and key sets write in place of the tenant id.
pub(crate) const TENANT_PLACEHOLDER: &str = "{tenantid}";

impl<'a> EntraIssuer<'a> {
    /// Takes `issuer` apart, comparing byte for byte; `None` if it is not one of Entra's forms with
    /// a lower-case GUID as tenant.
    pub fn parse(issuer: &'a str) -> Option<Self> {
        TEMPLATES.iter().find_map(|template| {
            let tenant = issuer.strip_prefix(template.prefix)?.strip_suffix(template.suffix)?;
            let lower = is_guid(tenant) && !tenant.bytes().any(|byte| byte.is_ascii_uppercase());
            lower.then_some(Self { clouds: template.clouds, form: template.form, tenant })
        })
    }
}

impl Cloud {
    /// The `iss` of this cloud's tokens of version 1.0 for `tenant`.
    pub fn v1_issuer(self, tenant: &str) -> String {
        self.issuer(IssuerForm::EntraV1, tenant)
    }

    /// The `iss` of this cloud's tokens of version 2.0 for `tenant`.
    pub fn v2_issuer(self, tenant: &str) -> String {
        self.issuer(IssuerForm::EntraV2, tenant)
    }

    fn issuer(self, form: IssuerForm, tenant: &str) -> String {
        TEMPLATES
            .iter()
            .find(|template| template.form == form && template.clouds.contains(&self))
            .map(|template| format!("{}{tenant}{}", template.prefix, template.suffix))
            .unwrap_or_default()
    }
}

/// Whether `text` is a GUID in its usual form: 8-4-4-4-12 hexadecimal digits of either case.
pub(crate) fn is_guid(text: &str) -> bool {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    groups.len() == GROUPS.len()
        && groups.iter().zip(GROUPS).all(|(group, length)| {
            group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}
