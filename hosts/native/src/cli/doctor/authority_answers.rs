//! What the authority, of which tokens are asked, answers.

use vicar_exchange::{Authority, Guid};
use vicar_keys::FetchFailure;
use vicar_token::{Json, Object, json::Limits, quote::Quoted};

use crate::{
    finding::{Finding, reason},
    http::Document,
};

pub(super) const AUTHORITY: &str = "authority";
pub(super) const TOKEN_ENDPOINT: &str = "token_endpoint";

/// The discovery document of the tenant: the authority is there, knows the tenant, and has its
/// token endpoint where Vicar sends credentials to.
pub(super) fn configuration(
    answer: &Result<Document, FetchFailure>,
    authority: &Authority,
    tenant: &Guid,
) -> Finding {
    let document = match answer {
        Ok(document) => document,
        Err(why) => return unreachable(AUTHORITY, authority, why),
    };
    let unexpected = |seen: String, wanted: String| {
        let reason = reason::AUTHORITY_UNEXPECTED;
        Finding::failed(AUTHORITY, reason, seen, wanted, PROXY)
    };
    let members = Object::parse(&document.body, &Limits::KEY_SET).ok();
    let member = |name: &str| members.as_ref()?.get(name)?.as_str().map(str::to_owned);
    if document.status == 400 && codes(members.as_ref()).contains(&UNKNOWN_TENANT) {
        return Finding::failed(
            AUTHORITY,
            reason::TENANT_UNKNOWN,
            format!("`{}` knows no tenant {}", authority.origin(), Quoted(tenant.as_str())),
            "the tenant of the blueprint",
            "compare `AzureAd__TenantId` with the directory, and `AzureAd__Instance` with its \
             cloud",
        );
    }
    if document.status != 200 {
        let seen = format!("`{}` answers with status {}", authority.origin(), document.status);
        return unexpected(seen, "200 and the tenant's discovery document".to_owned());
    }
    let wanted = authority.token_endpoint(tenant);
    match member("token_endpoint") {
        Some(seen) if seen == wanted => {
            Finding::ok(AUTHORITY, format!("`{}` knows the tenant", authority.origin()))
        }
        Some(seen) => unexpected(
            format!("its token endpoint is {}", Quoted(&seen)),
            format!("{}, where credentials are sent to", Quoted(&wanted)),
        ),
        None => unexpected(
            format!(
                "`{}` answers with something else than a discovery document",
                authority.origin()
            ),
            "the tenant's discovery document".to_owned(),
        ),
    }
}

/// The token endpoint itself, which was sent an empty form.
pub(super) fn token_endpoint(
    answer: &Result<Document, FetchFailure>,
    authority: &Authority,
) -> Finding {
    let document = match answer {
        Ok(document) => document,
        Err(why) => return unreachable(TOKEN_ENDPOINT, authority, why),
    };
    let members = Object::parse(&document.body, &Limits::KEY_SET).ok();
    let refuses = members.is_some_and(|members| members.get("error").is_some_and(is_text));
    if refuses && (400..500).contains(&document.status) {
        return Finding::ok(TOKEN_ENDPOINT, "it answers, and refuses a form without a request");
    }
    Finding::failed(
        TOKEN_ENDPOINT,
        reason::AUTHORITY_UNEXPECTED,
        format!(
            "it answers an empty form with status {}, and not as OAuth has it",
            document.status
        ),
        "status 400 and JSON with `error`",
        PROXY,
    )
}

fn is_text(value: &Json) -> bool {
    value.as_str().is_some()
}

/// `error_codes` of Entra's refusals.
fn codes(members: Option<&Object>) -> Vec<i64> {
    let codes = members.and_then(|members| members.get("error_codes")?.as_array());
    codes.unwrap_or_default().iter().filter_map(Json::as_integer).collect()
}

fn unreachable(check: &'static str, authority: &Authority, why: &FetchFailure) -> Finding {
    Finding::failed(
        check,
        reason::AUTHORITY_UNREACHABLE,
        format!("`{}`: {why}", authority.origin()),
        "an answer over https, with a certificate that is trusted here",
        "let this pod reach it (NetworkPolicy, egress gateway, DNS); `--ca` names other \
         certificate authorities",
    )
}

const PROXY: &str = "see what stands between this machine and the authority: a proxy or a portal";

/// AADSTS90002.
const UNKNOWN_TENANT: i64 = 90002;

#[cfg(test)]
mod tests {
    use vicar_token::Cloud;

    use super::*;
    use crate::finding::Outcome;

    const TENANT: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";

    fn answer(status: u16, body: &str) -> Result<Document, FetchFailure> {
        Ok(Document { status, date: None, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn the_authority_is_itself_and_nobody_else() {
        let authority = Authority::national(Cloud::Public);
        let tenant = Guid::parse(TENANT).unwrap();
        let endpoint = |url: &str| format!(r#"{{"token_endpoint":"{url}","issuer":"x"}}"#);
        let right = endpoint(&authority.token_endpoint(&tenant));
        let unknown = r#"{"error":"invalid_tenant","error_codes":[90002]}"#;
        let lost = Err(FetchFailure::Deadline);
        for (answer, reason) in [
            (answer(200, &right), None),
            (answer(200, &endpoint("https://login.example/token")), Some("authority_unexpected")),
            (answer(200, "<html>"), Some("authority_unexpected")),
            (answer(302, ""), Some("authority_unexpected")),
            (answer(400, r#"{"error":"x"}"#), Some("authority_unexpected")),
            (answer(400, unknown), Some("tenant_unknown")),
            (lost, Some("authority_unreachable")),
        ] {
            let finding = configuration(&answer, &authority, &tenant);
            assert_eq!(finding.reason.as_deref(), reason, "{answer:?}");
            assert_eq!(finding.outcome == Outcome::Ok, reason.is_none());
        }
    }

    #[test]
    fn a_token_endpoint_refuses_an_empty_form_as_oauth_has_it() {
        let authority = Authority::national(Cloud::Public);
        for (answer, reason) in [
            (answer(400, r#"{"error":"invalid_request"}"#), None),
            (answer(401, r#"{"error":"invalid_client"}"#), None),
            (answer(200, r#"{"error":"x"}"#), Some("authority_unexpected")),
            (answer(400, "<html>"), Some("authority_unexpected")),
            (answer(502, r#"{"error":"bad_gateway"}"#), Some("authority_unexpected")),
            (Err(FetchFailure::Deadline), Some("authority_unreachable")),
        ] {
            let finding = token_endpoint(&answer, &authority);
            assert_eq!(finding.reason.as_deref(), reason, "{answer:?}");
        }
    }
}
