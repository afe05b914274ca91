//! Every hop's request, byte for byte.

use serde::Deserialize;
use vicar_exchange::step::{Method, Redirects};

use crate::common::{NOW, Reply, data, filled, granted, run, spec, token};

#[derive(Deserialize)]
struct Flow {
    spec: String,
    /// The token body of the last answer; T1 alone has none.
    last: Option<String>,
    requests: Vec<Request>,
}

#[derive(Deserialize)]
struct Request {
    url: String,
    body: String,
}

#[test]
fn every_flow_sends_what_the_documentation_shows() {
    let flows: Vec<Flow> = data("wire.json");
    assert_eq!(flows.len(), 13);
    for flow in flows {
        let name = &flow.spec;
        let last = |_| -> Reply { Ok(granted(&token(flow.last.as_ref().unwrap()))) };
        let run = run(spec(name), last);
        assert_eq!(run.outcome(), "ok", "{name}: {:?}", run.end);
        assert_eq!(run.requests.len(), flow.requests.len(), "{name}");
        let certificate = run.signed.first().map(|input| format!("{input}.AQID"));
        for (sent, wanted) in run.requests.iter().zip(&flow.requests) {
            let wanted_body = filled(&wanted.body)
                .replace("<Certificate>", certificate.as_deref().unwrap_or_default());
            assert_eq!(sent.body().expose(), wanted_body, "{name}");
            assert_eq!(sent.url, wanted.url, "{name}");
            let method = if wanted.body.is_empty() { Method::Get } else { Method::Post };
            assert_eq!(sent.method, method, "{name}");
        }
    }
}

#[test]
fn every_request_is_bounded_and_follows_no_redirect() {
    for flow in data::<Vec<Flow>>("wire.json") {
        let run = run(spec(&flow.spec), |_| Ok(granted(&token(flow.last.as_ref().unwrap()))));
        for request in run.requests {
            assert_eq!(request.redirects, Redirects::Refuse);
            assert_eq!(request.max_bytes, 128 * 1024);
            assert_eq!(request.deadline, NOW + 10);
        }
    }
}

#[test]
fn the_correlation_id_is_entras_alone() {
    let header = |name: &str, last: &str| {
        let run = run(spec(name), |_| Ok(granted(&token(last))));
        let headers = run.requests.last().unwrap().headers.clone();
        headers.into_iter().find(|(name, _)| *name == "client-request-id").map(|(_, id)| id)
    };
    let id = "22222222-2222-4222-8222-222222222222";
    assert_eq!(header("client-credentials", "app-api-v2").as_deref(), Some(id));
    assert_eq!(header("token-exchange", "delegation"), None);
}

#[test]
fn the_clouds_have_their_own_endpoints_and_scopes() {
    for (cloud, origin, scope) in [
        ("us_government", "https://login.microsoftonline.us/", "AzureADTokenExchangeUSGov%2F"),
        ("china", "https://login.partner.microsoftonline.cn/", "AzureADTokenExchangeChina%2F"),
    ] {
        let spec = crate::common::spec_with(
            "t1-secret",
            "/flow/entra/authority/cloud",
            serde_json::json!(cloud),
        );
        let run = run(serde_json::from_value(spec).unwrap(), |_| panic!("no further hop"));
        let request = run.requests.first().unwrap();
        assert!(request.url.starts_with(origin), "{cloud}: {}", request.url);
        assert!(request.body().expose().contains(scope), "{cloud}");
    }
}

#[test]
fn a_challenge_and_capabilities_go_to_the_last_hop_only() {
    let at = "/flow/entra/grant/autonomous/target/capabilities";
    let spec = crate::common::spec_with("autonomous", at, serde_json::json!(["cp1"]));
    let spec: vicar_exchange::Spec = serde_json::from_value(spec).unwrap();
    let run = run(spec, |_| Ok(granted(&token("autonomous-graph-v1"))));
    let bodies: Vec<String> =
        run.requests.iter().map(|request| request.body().expose().to_owned()).collect();
    assert!(!bodies[0].contains("claims"));
    let claims = "&claims=%7B%22access_token%22%3A%7B%22xms_cc%22%3A%7B%22values%22%3A%5B%22cp1%22%5D%7D%7D%7D";
    assert!(bodies[1].ends_with(claims), "{}", bodies[1]);
}
