//! `application/x-www-form-urlencoded` requests.

use std::{collections::BTreeMap, fmt};

/// A form. A parameter that is there twice is kept aside: Entra refuses it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form {
    fields: BTreeMap<String, String>,
    twice: Option<String>,
}

impl Form {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            if form.fields.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                form.twice = Some(name.into_owned());
            }
        }
        form
    }

    /// A parameter; an empty one is none.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The parameter that is there twice.
    pub fn twice(&self) -> Option<&str> {
        self.twice.as_deref()
    }

    /// The parameters for a log: what is secret is masked.
    pub fn masked(&self) -> BTreeMap<String, String> {
        self.fields
            .iter()
            .map(|(name, value)| {
                let masked = SECRET.contains(&name.as_str());
                let shown = if masked {
                    format!("(masked, {} characters)", value.chars().count())
                } else {
                    value.chars().take(LONGEST_SHOWN).collect()
                };
                (name.clone(), shown)
            })
            .collect()
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.masked()).finish()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Form {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(fields: I) -> Self {
        let fields =
            fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { fields, twice: None }
    }
}

const SECRET: [&str; 9] = [
    "actor_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "device_code",
    "password",
    "refresh_token",
    "subject_token",
    "user_federated_identity_credential",
];
const LONGEST_SHOWN: usize = 500;

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn secrets_do_not_show() {
        let form = Form::parse(b"client_id=a&client_secret=hunter2&assertion=eyJ&scope=x%20y");
        let shown = format!("{form:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("eyJ"), "{shown}");
        assert!(shown.contains("(masked, 7 characters)") && shown.contains("x y"), "{shown}");
    }

    #[test]
    fn a_repeated_parameter_is_known() {
        assert_eq!(Form::parse(b"a=1&b=2&a=3").twice(), Some("a"));
        assert_eq!(Form::parse(b"a=1&b=2").twice(), None);
    }
}
