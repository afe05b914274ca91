//! `application/x-www-form-urlencoded` requests.

use std::{collections::BTreeMap, fmt};

use vicar_token::base64url;

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

    /// Adds a client's id and secret from an `Authorization` header of the Basic scheme (RFC 6749
    /// section 2.3.1), where the form has none.
    pub fn with_basic(mut self, header: &str) -> Self {
        if let Some((id, secret)) = basic(header)
            && !self.fields.contains_key("client_secret")
        {
            self.fields.entry("client_id".to_owned()).or_insert(id);
            self.fields.insert("client_secret".to_owned(), secret);
        }
        self
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

fn basic(header: &str) -> Option<(String, String)> {
    let encoded = header.strip_prefix("Basic ")?.trim_end_matches('=');
    let decoded = base64url::decode(&encoded.replace('+', "-").replace('/', "_")).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    // Both parts are form-encoded before they are joined.
    let plain = |part: &str| {
        let form = format!("x={part}");
        form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    Some((plain(id)?, plain(secret)?))
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
    fn a_basic_header_is_read_as_rfc_6749_writes_it() {
        let form = Form::parse(b"scope=x").with_basic("Basic YTpiJTNBYys/");
        assert_eq!((form.get("client_id"), form.get("client_secret")), (Some("a"), Some("b:c ?")));
        let form = Form::parse(b"client_id=z&client_secret=y").with_basic("Basic YTpi");
        assert_eq!((form.get("client_id"), form.get("client_secret")), (Some("z"), Some("y")));
        assert_eq!(Form::default().with_basic("Bearer YTpi"), Form::default());
    }

    #[test]
    fn a_repeated_parameter_is_known() {
        assert_eq!(Form::parse(b"a=1&b=2&a=3").twice(), Some("a"));
        assert_eq!(Form::parse(b"a=1&b=2").twice(), None);
    }
}
