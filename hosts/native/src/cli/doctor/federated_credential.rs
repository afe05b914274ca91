//! A federated credential of the directory: what a token has to say to stand for the blueprint.

use vicar_token::{
    Object,
    json::{Json, Limits},
    quote::Quoted,
};

use super::token_facts::TokenFacts;
use crate::failure::{Failure, code};

/// The values, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FederatedCredential {
    pub(super) issuer: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) audience: Option<String>,
}

impl FederatedCredential {
    /// Reads what Microsoft Graph answers: one credential, or a list of them (`value`).
    pub(super) fn read(bytes: &[u8]) -> Result<Vec<Self>, Failure> {
        let malformed = |why: String| {
            Failure::new(
                code::FEDERATED_CREDENTIAL_MALFORMED,
                format!("the federated credential cannot be read: {why}"),
            )
            .hint(
                "give the JSON of `GET https://graph.microsoft.com/beta/applications/{blueprint}/\
                 federatedIdentityCredentials`",
            )
        };
        let document =
            Json::parse(bytes, &Limits::KEY_SET).map_err(|error| malformed(error.to_string()))?;
        let list = match &document {
            Json::Array(list) => list.as_slice(),
            Json::Object(object) => match object.get("value") {
                Some(value) => {
                    value.as_array().ok_or_else(|| malformed("`value` is not a list".to_owned()))?
                }
                None => std::slice::from_ref(&document),
            },
            _ => return Err(malformed("it is neither an object nor a list".to_owned())),
        };
        let credentials: Result<Vec<Self>, String> = list
            .iter()
            .map(|item| Self::of(item.as_object().ok_or("an item is not an object")?))
            .collect();
        match credentials {
            Ok(credentials) if credentials.is_empty() => {
                Err(malformed("there is none in the list".to_owned()))
            }
            Ok(credentials) => Ok(credentials),
            Err(why) => Err(malformed(why)),
        }
    }

    /// The one that the token fits best, since an application may have twenty.
    pub(super) fn nearest<'a>(list: &'a [Self], facts: &TokenFacts) -> Option<&'a Self> {
        let fit = |credential: &Self| {
            let issuer = credential.issuer.is_some() && credential.issuer == facts.issuer;
            let subject = credential.subject.is_some() && credential.subject == facts.subject;
            let audience = credential.audience.as_ref();
            let audience = audience.is_some_and(|audience| facts.audiences.contains(audience));
            (u8::from(issuer) + u8::from(subject) + u8::from(audience), issuer)
        };
        // The first of equals.
        list.iter().rev().max_by_key(|credential| fit(credential))
    }

    fn of(object: &Object) -> Result<Self, String> {
        let text = |name: &str| {
            let found = object.string(name).map_err(|error| error.to_string())?;
            Ok::<_, String>(found.filter(|text| !text.is_empty()).map(str::to_owned))
        };
        let issuer = text("issuer")?.ok_or("it has no `issuer`")?;
        let subject = text("subject")?;
        if subject.is_none() && !object.contains("claimsMatchingExpression") {
            return Err("it has no `subject`".to_owned());
        }
        let audiences =
            object.string_list("audiences").map_err(|error| error.to_string())?.unwrap_or_default();
        let [audience] = audiences.as_slice() else {
            return Err(format!("it has {} audiences, wanted one", audiences.len()));
        };
        Ok(Self { issuer: Some(issuer), subject, audience: Some((*audience).to_owned()) })
    }
}

/// `seen` is not `wanted`, and how.
pub(super) fn told(claim: &str, seen: &str, nearly: Option<&str>) -> String {
    let nearly = nearly.map(|nearly| format!(" ({nearly})")).unwrap_or_default();
    format!("`{claim}` is {}{nearly}", Quoted(seen))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graph_gives_one_or_a_list() {
        let one = r#"{"id":"1","name":"kind","issuer":"https://i.example",
            "subject":"system:serviceaccount:a:b","audiences":["api://AzureADTokenExchange"]}"#;
        let read = |text: &str| FederatedCredential::read(text.as_bytes());
        let wanted = FederatedCredential {
            issuer: Some("https://i.example".to_owned()),
            subject: Some("system:serviceaccount:a:b".to_owned()),
            audience: Some("api://AzureADTokenExchange".to_owned()),
        };
        for text in [one.to_owned(), format!("[{one}]"), format!(r#"{{"value":[{one}]}}"#)] {
            assert_eq!(read(&text).unwrap(), std::slice::from_ref(&wanted));
        }
        let flexible = r#"{"issuer":"https://i.example","subject":null,
            "claimsMatchingExpression":{"value":"x"},"audiences":["y"]}"#;
        let flexible = flexible.replace(r#""subject":null,"#, "");
        assert_eq!(read(&flexible).unwrap()[0].subject, None);
        for bad in [
            "",
            "1",
            "[]",
            r#"{"value":[]}"#,
            r#"{"value":{}}"#,
            "[1]",
            "{}",
            r#"{"issuer":"i","subject":"s","audiences":[]}"#,
            r#"{"issuer":"i","subject":"s","audiences":["a","b"]}"#,
            r#"{"issuer":"i","audiences":["a"]}"#,
        ] {
            assert_eq!(read(bad).unwrap_err().reason, "federated_credential_malformed", "{bad}");
        }
    }

    #[test]
    fn the_nearest_credential_is_the_one_with_most_in_common() {
        let credential = |issuer: &str, subject: &str| FederatedCredential {
            issuer: Some(issuer.to_owned()),
            subject: Some(subject.to_owned()),
            audience: Some("x".to_owned()),
        };
        let list = [credential("a", "1"), credential("b", "2"), credential("b", "3")];
        let facts = |issuer: &str, subject: &str| TokenFacts {
            issuer: Some(issuer.to_owned()),
            subject: Some(subject.to_owned()),
            audiences: vec!["x".to_owned()],
            ..TokenFacts::default()
        };
        for (issuer, subject, nearest) in
            [("a", "1", 0), ("b", "3", 2), ("b", "9", 1), ("c", "3", 2), ("c", "9", 0)]
        {
            let found = FederatedCredential::nearest(&list, &facts(issuer, subject));
            assert_eq!(found, list.get(nearest), "{issuer} {subject}");
        }
        assert_eq!(FederatedCredential::nearest(&[], &facts("a", "1")), None);
    }
}
