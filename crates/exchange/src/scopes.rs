//! Scopes: of which resource, and which permissions of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::SpecError;

/// Scopes to ask for, in the order given, none twice (RFC 6749 section 3.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Vec<String>")]
pub struct Scopes(Vec<String>);

/// Scopes of one resource of Entra's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResourceScopes<'a> {
    /// The resource's URI or app id; empty for bare names, which Entra takes for Microsoft Graph.
    pub(crate) resource: &'a str,
    /// The permissions, as `scp` shows them.
    pub(crate) permissions: BTreeSet<&'a str>,
}

impl Scopes {
    /// Reads a list.
    ///
    /// # Errors
    /// [`SpecError::ScopeMalformed`] for an empty one, one with a space, or one beyond 512 bytes;
    /// more than 64 are refused, too.
    pub fn parse<T: AsRef<str>>(scopes: &[T]) -> Result<Self, SpecError> {
        let mut list: Vec<String> = Vec::new();
        for scope in scopes.iter().map(AsRef::as_ref) {
            if !is_scope(scope) || list.len() == MOST {
                return Err(SpecError::ScopeMalformed { seen: scope.to_owned() });
            }
            if !list.iter().any(|known| known == scope) {
                list.push(scope.to_owned());
            }
        }
        Ok(Self(list))
    }

    /// As a form field: between spaces.
    pub fn to_field(&self) -> String {
        self.0.join(" ")
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Splits them into one resource and its permissions.
    pub(crate) fn of_one_resource(&self) -> Result<ResourceScopes<'_>, SpecError> {
        let mut found: Option<ResourceScopes<'_>> = None;
        for scope in self.iter().filter(|scope| !SIGN_IN.contains(scope)) {
            let (resource, permission) = split(scope)?;
            match &mut found {
                None => {
                    let permissions = BTreeSet::from([permission]);
                    found = Some(ResourceScopes { resource, permissions });
                }
                Some(known) if known.resource == resource => {
                    known.permissions.insert(permission);
                }
                Some(known) => {
                    return Err(SpecError::ScopesOfTwoResources {
                        one: known.resource.to_owned(),
                        other: resource.to_owned(),
                    });
                }
            }
        }
        let scopes = found.ok_or(SpecError::ScopeMissing)?;
        if scopes.is_default() && scopes.permissions.len() > 1 {
            return Err(SpecError::DefaultMixed { seen: format!("{}/{DEFAULT}", scopes.resource) });
        }
        Ok(scopes)
    }

    /// As [`of_one_resource`](Self::of_one_resource), for a flow without a user.
    pub(crate) fn default_of_one_resource(&self) -> Result<ResourceScopes<'_>, SpecError> {
        let scopes = self.of_one_resource()?;
        let alone = self.0.len() == 1 && scopes.is_default() && !scopes.resource.is_empty();
        match self.iter().find(|scope| !alone || !scope.ends_with(DEFAULT)) {
            Some(scope) => Err(SpecError::ScopeNotDefault { seen: scope.to_owned() }),
            None => Ok(scopes),
        }
    }
}

impl ResourceScopes<'_> {
    /// Whether all that was consented to is asked for.
    pub(crate) fn is_default(&self) -> bool {
        self.permissions.contains(DEFAULT)
    }
}

impl TryFrom<Vec<String>> for Scopes {
    type Error = SpecError;

    fn try_from(scopes: Vec<String>) -> Result<Self, SpecError> {
        Self::parse(&scopes)
    }
}

/// Scopes of the sign-in itself, which belong to no resource.
pub(crate) const SIGN_IN: [&str; 4] = ["openid", "profile", "offline_access", "email"];

/// The permission that stands for all that was consented to.
pub(crate) const DEFAULT: &str = ".default";

const MOST: usize = 64;

fn is_scope(text: &str) -> bool {
    let legal = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    (1..=512).contains(&text.len()) && text.bytes().all(legal)
}

/// `https://host/User.Read` is `User.Read` of `https://host`; the resource may itself end in a
/// slash (`https://host//.default`).
fn split(scope: &str) -> Result<(&str, &str), SpecError> {
    let (resource, permission) = scope.rsplit_once('/').unwrap_or(("", scope));
    let scheme_only = resource.ends_with(":/") || resource.ends_with(':');
    if permission.is_empty() || scheme_only || (resource.is_empty() && scope.starts_with('/')) {
        return Err(SpecError::ScopeMalformed { seen: scope.to_owned() });
    }
    Ok((resource, permission))
}

#[cfg(test)]
mod tests {
    use super::Scopes;
    use crate::SpecError;

    fn scopes(list: &[&str]) -> Scopes {
        Scopes::parse(list).unwrap()
    }

    #[test]
    fn scopes_belong_to_one_resource() {
        let given = scopes(&["https://graph.microsoft.com/User.Read", "openid", "profile"]);
        let found = given.of_one_resource().unwrap();
        assert_eq!(found.resource, "https://graph.microsoft.com");
        assert!(found.permissions.contains("User.Read"));

        let given = scopes(&["https://x.example//.default"]);
        assert_eq!(given.of_one_resource().unwrap().resource, "https://x.example/");

        let given = scopes(&["User.Read", "Mail.Read"]);
        assert_eq!(given.of_one_resource().unwrap().permissions.len(), 2);
    }

    #[test]
    fn what_entra_would_refuse_is_refused() {
        let two = scopes(&["api://a/x", "api://b/x"]);
        assert!(matches!(two.of_one_resource(), Err(SpecError::ScopesOfTwoResources { .. })));
        let none = scopes(&["openid"]);
        assert_eq!(none.of_one_resource(), Err(SpecError::ScopeMissing));
        let mixed = scopes(&["api://a/.default", "api://a/x"]);
        assert!(matches!(mixed.of_one_resource(), Err(SpecError::DefaultMixed { .. })));
        for list in [&["api://a/x"][..], &["api://a/.default", "openid"], &[".default"]] {
            let refused = scopes(list).default_of_one_resource().map(|_| ());
            assert!(matches!(refused, Err(SpecError::ScopeNotDefault { .. })), "{list:?}");
        }
        assert!(scopes(&["api://a/.default"]).default_of_one_resource().is_ok());
    }

    #[test]
    fn texts_that_are_no_scopes() {
        for text in ["", "a b", "a\"b", "a\\b", "a\n", "\u{e4}"] {
            assert!(Scopes::parse(&[text]).is_err(), "{text}");
        }
        for text in ["api://a", "/x", "api://a/", "https:/x"] {
            assert!(scopes(&[text]).of_one_resource().is_err(), "{text}");
        }
    }
}
