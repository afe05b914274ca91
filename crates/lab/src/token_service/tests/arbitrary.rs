//! Whatever comes in, the service answers.

use proptest::prelude::*;

use crate::Form;

use super::world::{CONTOSO_ID, World};
use crate::token_service::{assertion::Assertion, scope::Requested};

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_scope_is_read_or_refused(text in ".{0,80}") {
        if let Ok(requested) = Requested::parse(&text) {
            prop_assert!(requested.default || !requested.names.is_empty() || !requested.openid.is_empty());
        }
    }

    #[test]
    fn a_jwt_is_read_or_refused(text in "[A-Za-z0-9_=.-]{0,120}") {
        let _ = Assertion::parse(&text);
    }

    #[test]
    fn any_form_gets_an_answer_that_is_json(
        grant in prop_oneof!["client_credentials", "refresh_token", "user_fic", ".{0,20}"],
        client in prop_oneof![Just(super::world::NIGHTLY.to_owned()), Just(super::world::INVOICE.to_owned()), ".{0,20}".boxed()],
        scope in ".{0,40}",
        secret in ".{0,20}",
        tenant in prop_oneof![Just(CONTOSO_ID.to_owned()), ".{0,20}".boxed()],
    ) {
        let mut world = World::new();
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", &grant)
            .append_pair("client_id", &client)
            .append_pair("scope", &scope)
            .append_pair("client_secret", &secret)
            .finish();
        let form = Form::parse(body.as_bytes());
        let request = crate::TokenRequest { tenant: &tenant, form: &form, address: None, issuer_keys: None };
        let refusal = world.service().token(&request).unwrap_err();
        let body = refusal.body(world.now, "t", "c", "login.microsoftonline.com");
        let text = serde_json::to_string(&body).unwrap();
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }
}
