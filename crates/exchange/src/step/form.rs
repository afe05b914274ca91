//! Form bodies whose secrets do not show.

use crate::Secret;

/// The fields of an `application/x-www-form-urlencoded` body, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(Vec<Field>);

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// May be shown.
    Open(String),
    /// May be sent only.
    Secret(Secret),
}

impl Form {
    pub(crate) fn open(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push(Field { name, value: Value::Open(value.into()) });
    }

    pub(crate) fn secret(&mut self, name: &'static str, value: &Secret) {
        self.0.push(Field { name, value: Value::Secret(value.clone()) });
    }

    /// The fields, in order.
    pub fn fields(&self) -> &[Field] {
        &self.0
    }

    /// The body to send; empty for a request without one.
    pub fn encode(&self) -> Secret {
        // No escape takes more than three characters: the text is never moved while it grows, so
        // no copy of a secret stays behind.
        let length = |field: &Field| field.name.len() + 2 + 3 * field.value.exposed().len();
        let body = String::with_capacity(self.0.iter().map(length).sum());
        let mut serializer = form_urlencoded::Serializer::new(body);
        for field in &self.0 {
            serializer.append_pair(field.name, field.value.exposed());
        }
        Secret::new(serializer.finish())
    }

    /// The body with every secret masked.
    pub fn masked(&self) -> String {
        let mut serializer = form_urlencoded::Serializer::new(String::new());
        for field in &self.0 {
            serializer.append_pair(field.name, field.value.shown());
        }
        serializer.finish()
    }
}

impl Value {
    /// What may be shown of it.
    pub fn shown(&self) -> &str {
        match self {
            Self::Open(text) => text,
            Self::Secret(_) => Secret::MASK,
        }
    }

    fn exposed(&self) -> &str {
        match self {
            Self::Open(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Form;
    use crate::Secret;

    #[test]
    fn fields_are_escaped_and_secrets_masked() {
        let mut form = Form::default();
        form.open("scope", "api://x/.default openid");
        form.secret("client_secret", &Secret::from("a&b=c d\u{e4}"));
        assert_eq!(
            form.encode().expose(),
            "scope=api%3A%2F%2Fx%2F.default+openid&client_secret=a%26b%3Dc+d%C3%A4"
        );
        assert_eq!(form.masked(), "scope=api%3A%2F%2Fx%2F.default+openid&client_secret=***");
        assert!(!format!("{form:?}").contains("a&b"));
    }
}
