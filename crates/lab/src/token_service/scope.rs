//! The `scope` parameter.

use crate::{
    directory::{Application, GRAPH, Tenant},
    refusal::{Refusal, code},
};

use super::{TokenService, shown};

/// What a `scope` parameter asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requested {
    /// The resource as it was written, without the slash before the scope; empty for Graph by
    /// default.
    pub(super) resource: String,
    /// `/.default` was asked for.
    pub(super) default: bool,
    /// Scopes of the resource.
    pub(super) names: Vec<String>,
    /// `openid`, `profile`, `email`, `offline_access`.
    pub(super) openid: Vec<String>,
    /// The parameter as it came.
    pub(super) text: String,
}

impl Requested {
    /// Reads the parameter.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut requested = Self {
            resource: String::new(),
            default: false,
            names: Vec::new(),
            openid: Vec::new(),
            text: text.to_owned(),
        };
        let mut resource: Option<&str> = None;
        for scope in text.split_ascii_whitespace() {
            if OPENID.contains(&scope) {
                requested.openid.push(scope.to_owned());
                continue;
            }
            let (of, name) = scope.rsplit_once('/').unwrap_or(("", scope));
            if name.is_empty() {
                return Err(invalid(text));
            }
            match resource {
                Some(other) if !other.eq_ignore_ascii_case(of) => return Err(two(text)),
                _ => resource = Some(of),
            }
            if name == ".default" {
                requested.default = true;
            } else {
                requested.names.push(name.to_owned());
            }
        }
        if requested.default && !requested.names.is_empty() {
            return Err(Refusal::new(
                code::SCOPE_INVALID,
                format!(
                    "The provided request must include a 'scope' input parameter. The provided \
                     value for the input parameter 'scope' is not valid. The scope '{}' is not \
                     valid. .default scope can't be combined with resource-specific scopes.",
                    shown(text)
                ),
            ));
        }
        if resource.is_none() && requested.openid.is_empty() {
            return Err(invalid(text));
        }
        requested.resource = resource.unwrap_or_default().to_owned();
        Ok(requested)
    }

    /// Whether `name` of OpenID Connect is asked for.
    pub(super) fn has(&self, name: &str) -> bool {
        self.openid.iter().any(|scope| scope == name)
    }

    /// What the resource is called: by the client, or by default.
    pub(super) fn audience(&self) -> &str {
        if self.resource.is_empty() { "https://graph.microsoft.com" } else { &self.resource }
    }

    /// A granted scope as the answer writes it: with the prefix that the client used.
    pub(super) fn written(&self, name: &str) -> String {
        if self.resource.is_empty() { name.to_owned() } else { format!("{}/{name}", self.resource) }
    }
}

impl TokenService<'_> {
    /// The resource that is asked for.
    pub(super) fn resource(
        &self,
        tenant: &Tenant,
        requested: &Requested,
    ) -> Result<Application, Refusal> {
        let found = if requested.resource.is_empty() {
            self.directory.application(tenant, GRAPH)
        } else {
            self.directory.resource(tenant, &requested.resource)
        };
        found.cloned().ok_or_else(|| {
            Refusal::new(
                code::RESOURCE_UNKNOWN,
                format!(
                    "The resource principal named {} was not found in the tenant named {}. This \
                     can happen if the application has not been installed by the administrator \
                     of the tenant or consented to by any user in the tenant. You might have sent \
                     your authentication request to the wrong tenant.",
                    shown(&requested.resource),
                    tenant.name
                ),
            )
        })
    }
}

/// A scope that cannot be.
pub(super) fn invalid(text: &str) -> Refusal {
    Refusal::new(
        code::SCOPE_INVALID,
        format!(
            "The provided request must include a 'scope' input parameter. The provided value for \
             the input parameter 'scope' is not valid. The scope '{}' is not valid.",
            shown(text)
        ),
    )
}

fn two(text: &str) -> Refusal {
    Refusal::new(
        code::TWO_RESOURCES,
        format!(
            "Provided value for the input parameter scope '{}' isn't valid when requesting an \
             access token, because it contains more than one resource.",
            shown(text)
        ),
    )
}

const OPENID: [&str; 4] = ["openid", "profile", "email", "offline_access"];

#[cfg(test)]
mod tests {
    use super::Requested;

    #[test]
    fn a_scope_is_split_at_its_last_slash() {
        let of = |text: &str| Requested::parse(text).unwrap();
        assert_eq!(
            of("https://graph.microsoft.com/.default").resource,
            "https://graph.microsoft.com"
        );
        assert_eq!(
            of("https://graph.microsoft.com//.default").resource,
            "https://graph.microsoft.com/"
        );
        assert_eq!(of("User.Read openid").resource, "");
        assert_eq!(of("api://x/a api://x/b offline_access").names, ["a", "b"]);
        assert_eq!(of("api://X/a api://x/b").names, ["a", "b"]);
        assert_eq!(of("openid").openid, ["openid"]);
    }

    #[test]
    fn other_scopes_are_refused() {
        let code = |text: &str| Requested::parse(text).unwrap_err().code.number;
        assert_eq!(code("api://x/a api://y/b"), 28002);
        assert_eq!(code("api://x/a User.Read"), 28002);
        assert_eq!(code("api://x/a api://x/.default"), 70011);
        assert_eq!(code("api://x/"), 70011);
        assert_eq!(code("  "), 70011);
    }
}
