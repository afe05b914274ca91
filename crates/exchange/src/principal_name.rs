//! User principal names.

use serde::{Deserialize, Serialize};

use crate::SpecError;

/// A user principal name, `local@domain`. Only a form field for an agent's user account: nothing
/// is ever authorised on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct PrincipalName(String);

impl PrincipalName {
    /// Reads `text`.
    ///
    /// # Errors
    /// [`SpecError::NotAPrincipalName`] when it is not of Entra's form: at most 64 characters,
    /// `@`, a domain of at most 48 (letters, digits, hyphens between dots).
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        if is_principal_name(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SpecError::NotAPrincipalName { seen: text.to_owned() })
        }
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PrincipalName {
    type Error = SpecError;

    fn try_from(text: String) -> Result<Self, SpecError> {
        Self::parse(&text)
    }
}

fn is_principal_name(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"'.-_!#^~+".contains(&byte);
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    (1..=64).contains(&local.len())
        && local.bytes().all(legal)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && (1..=48).contains(&domain.len())
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::PrincipalName;

    #[test]
    fn names_of_entras_form_pass_and_no_others() {
        for name in ["invoice.agent@contoso.example", "dana_o'neil+x@contoso.onmicrosoft.com"] {
            assert!(PrincipalName::parse(name).is_ok(), "{name}");
        }
        for name in [
            "",
            "dana",
            "@contoso.example",
            "dana@",
            "dana@contoso",
            "dana@contoso.example&user_id=1",
            "dana @contoso.example",
            "a@b@contoso.example",
            "dana@-contoso.example",
            "dana@contoso..example",
            ".dana@contoso.example",
            "d\u{e4}na@contoso.example",
            "5d6e7f80-2b3c-4d5e-9f60-718293a4b5c6",
        ] {
            assert!(PrincipalName::parse(name).is_err(), "{name}");
        }
    }
}
