//! The page where a person enters a user code: what a demo clicks through.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use hyper::{
    StatusCode,
    body::Bytes,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
};

use crate::{
    form::Form,
    token_service::{Approval, DeviceRequest},
};

use super::state::Shared;

/// `GET /devicelogin`: asks for the code.
pub(super) async fn ask(RawQuery(query): RawQuery) -> Response {
    let query = Form::parse(query.unwrap_or_default().as_bytes());
    page(StatusCode::OK, &code_form(query.get("otc").unwrap_or_default(), ""))
}

/// `POST /devicelogin`: shows what the code asks for, or takes the decision.
pub(super) async fn decide(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let form = Form::parse(&body);
    let code = form.get("code").unwrap_or_default();
    let (mut state, now) = shared.state_now();
    let mut service = state.service(now, None);
    let Some(request) = service.device_request(code) else {
        let text = "<p role=\"alert\">That code did not work. Check the code and try again.</p>";
        return page(StatusCode::BAD_REQUEST, &code_form(code, text));
    };
    let approval = match (form.get("decision"), form.get("user")) {
        (Some("decline"), _) => Approval::Decline,
        (Some("approve"), Some(user)) => {
            Approval::Approve { user: user.to_owned(), mfa: form.get("mfa").is_some() }
        }
        _ => return page(StatusCode::OK, &consent_form(code, &request)),
    };
    let declined = approval == Approval::Decline;
    match service.decide(code, &approval) {
        Ok(true) if declined => {
            page(StatusCode::OK, "<h1>You declined</h1><p>Close this window.</p>")
        }
        Ok(true) => page(
            StatusCode::OK,
            "<h1>You have signed in</h1><p>You may now close this window and go back to the \
             application.</p>",
        ),
        Ok(false) => page(StatusCode::BAD_REQUEST, "<h1>The code is used up</h1>"),
        Err(refusal) => {
            let text =
                format!("<h1>Sorry</h1><p role=\"alert\">{}</p>", escape(&refusal.to_string()));
            page(StatusCode::FORBIDDEN, &text)
        }
    }
}

fn code_form(code: &str, note: &str) -> String {
    format!(
        "<h1>Enter code</h1>{note}<form method=\"post\"><label>Code shown on your app or device \
         <input name=\"code\" value=\"{}\" autocomplete=\"off\" autofocus required></label> \
         <button>Next</button></form>",
        escape(code)
    )
}

fn consent_form(code: &str, request: &DeviceRequest) -> String {
    let people: String =
        request.people.iter().map(|upn| format!("<option>{}</option>", escape(upn))).collect();
    format!(
        "<h1>Are you trying to sign in to {}?</h1><p>It asks for: <code>{}</code></p>\
         <form method=\"post\"><input type=\"hidden\" name=\"code\" value=\"{}\">\
         <p><label>Sign in as <select name=\"user\">{people}</select></label></p>\
         <p><label><input type=\"checkbox\" name=\"mfa\" value=\"1\"> with multi-factor \
         authentication</label></p>\
         <p><button name=\"decision\" value=\"approve\">Continue</button> \
         <button name=\"decision\" value=\"decline\">Cancel</button></p></form>",
        escape(&request.client),
        escape(&request.scope),
        escape(code),
    )
}

fn page(status: StatusCode, content: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Vicar lab: sign in</title>\
         <style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;\
         padding:0 1rem}}</style><main><p>Vicar lab, an emulator. No password is asked for.</p>\
         {content}</main></html>"
    );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
        ),
    ];
    (status, headers, html).into_response()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{DeviceRequest, consent_form};

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let request = DeviceRequest {
            client: "<script>alert(1)</script>".to_owned(),
            scope: "\"'><img>".to_owned(),
            people: vec!["a&b@contoso.example".to_owned()],
        };
        let form = consent_form("\"><b>", &request);
        assert!(!form.contains("<script>") && !form.contains("<img>") && !form.contains("<b>"));
        assert!(form.contains("a&amp;b@contoso.example"), "{form}");
    }
}
