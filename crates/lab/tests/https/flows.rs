//! Every flow.

use serde_json::json;

use crate::client::{
    BLUEPRINT, CONTOSO_ID, FORM, INVOICE, JWT, NIGHTLY, ORDINARY, TERMINAL, TOOLS, TestLab,
    builder, claims, encode,
};

fn agent<'a>(t1: &'a str, grant: &'a str, scope: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", grant),
        ("client_id", INVOICE),
        ("client_assertion_type", JWT),
        ("client_assertion", t1),
        ("scope", scope),
    ]
}

const ON_BEHALF_OF: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOOLS_SCOPE: &str = "api://9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d/.default";

#[test]
fn an_agent_gets_its_tokens_through_its_blueprint() {
    let lab = TestLab::start();
    let (t1, tc) = (lab.t1(), lab.tc());
    let autonomous = claims(&lab.token(&agent(&t1, "client_credentials", TOOLS_SCOPE)));
    assert_eq!((&autonomous["azp"], &autonomous["sub"]), (&json!(INVOICE), &json!(INVOICE)));

    let scope = format!("{TOOLS}/tools.read offline_access");
    let mut form = agent(&t1, ON_BEHALF_OF, &scope);
    form.extend([("assertion", tc.as_str()), ("requested_token_use", "on_behalf_of")]);
    let (_, answer) = lab.ask(&form);
    let delegated = claims(answer["access_token"].as_str().unwrap());
    assert_eq!((&delegated["azp"], &delegated["scp"]), (&json!(INVOICE), &json!("tools.read")));

    let mut form = agent(&t1, "refresh_token", &scope);
    form.push(("refresh_token", answer["refresh_token"].as_str().unwrap()));
    assert_eq!(claims(&lab.token(&form))["oid"], delegated["oid"]);

    let x2 = lab.token(&agent(&t1, "client_credentials", "api://AzureADTokenExchange/.default"));
    let mut form = agent(&t1, "user_fic", TOOLS_SCOPE);
    form.extend([
        ("user_federated_identity_credential", x2.as_str()),
        ("username", "invoice-agent@contoso.example"),
    ]);
    assert_eq!(claims(&lab.token(&form))["oid"], "5d6e7f80-2b3c-4d5e-9f60-718293a4b5c6");
}

#[test]
fn a_path_in_the_query_is_not_seen() {
    let lab = TestLab::start();
    let body = encode(&[
        ("grant_type", "client_credentials"),
        ("client_id", BLUEPRINT),
        ("client_secret", "lab-blueprint-secret"),
        ("scope", "api://AzureADTokenExchange/.default"),
    ]);
    let url = lab.url(&format!("{CONTOSO_ID}/oauth2/v2.0/token?fmi_path={INVOICE}"));
    let answer = lab.client.post(url).header("content-type", FORM).body(body).send().unwrap();
    assert_eq!(answer.status(), 400);
    let answer: serde_json::Value = answer.json().unwrap();
    assert_eq!(answer["error_codes"], json!([82008]));
}

#[test]
fn a_refusal_has_entras_members_and_headers() {
    let lab = TestLab::start();
    let mut form = ORDINARY;
    form[2].1 = "wrong";
    let url = lab.url(&format!("{CONTOSO_ID}/oauth2/v2.0/token"));
    let id = "22222222-2222-4222-8222-222222222222";
    let answer = lab
        .client
        .post(url)
        .header("content-type", FORM)
        .header("client-request-id", id)
        .body(encode(&form))
        .send()
        .unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["cache-control"], "no-store, no-cache");
    assert_eq!(answer.headers()["content-type"], "application/json; charset=utf-8");
    assert_eq!(answer.headers()["client-request-id"], id);
    let body: serde_json::Value = answer.json().unwrap();
    let mut members: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    // Whether JSON keeps its order here depends on what else is in the build.
    members.sort_unstable();
    let mut wanted = vec![
        "error",
        "error_description",
        "error_codes",
        "timestamp",
        "trace_id",
        "correlation_id",
        "error_uri",
    ];
    wanted.sort_unstable();
    assert_eq!(members, wanted);
    let (trace, time) = (body["trace_id"].as_str().unwrap(), body["timestamp"].as_str().unwrap());
    let end = format!(" Trace ID: {trace} Correlation ID: {id} Timestamp: {time}");
    let description = body["error_description"].as_str().unwrap();
    assert!(
        description.starts_with("AADSTS7000215: ") && description.ends_with(&end),
        "{description}"
    );
    assert_eq!(body["error_uri"], "https://login.microsoftonline.com/error?code=7000215");
}

#[test]
fn a_person_clicks_through_the_device_page() {
    let lab = TestLab::start();
    let url = lab.url(&format!("{CONTOSO_ID}/oauth2/v2.0/devicecode"));
    let scope = format!("api://{BLUEPRINT}/access_as_user openid profile offline_access");
    let form = encode(&[("client_id", TERMINAL), ("scope", &scope)]);
    let asked: serde_json::Value = lab
        .client
        .post(url)
        .header("content-type", FORM)
        .body(form)
        .send()
        .unwrap()
        .json()
        .unwrap();
    let (code, page) =
        (asked["user_code"].as_str().unwrap(), asked["verification_uri"].as_str().unwrap());
    let poll = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", TERMINAL),
        ("device_code", asked["device_code"].as_str().unwrap()),
    ];
    assert_eq!(lab.ask(&poll).1["error"], "authorization_pending");

    let enter = |form: &[(&str, &str)]| {
        let answer =
            lab.client.post(page).header("content-type", FORM).body(encode(form)).send().unwrap();
        (answer.status().as_u16(), answer.text().unwrap())
    };
    assert!(lab.client.get(page).send().unwrap().text().unwrap().contains("Enter code"));
    assert_eq!(enter(&[("code", "WRONG")]).0, 400);
    let (status, shown) = enter(&[("code", code)]);
    assert!(
        status == 200
            && shown.contains("Terminal client")
            && shown.contains("dana@contoso.example")
    );
    let approve = [("code", code), ("user", "dana@contoso.example"), ("decision", "approve")];
    assert_eq!(enter(&approve).0, 200);
    assert_eq!(enter(&approve).0, 400, "a code is used once");

    let (status, answer) = lab.ask(&poll);
    assert_eq!(status, 200, "{answer}");
    let tc = claims(answer["access_token"].as_str().unwrap());
    assert_eq!((&tc["aud"], &tc["azp"]), (&json!(BLUEPRINT), &json!(TERMINAL)));
}

#[test]
fn http_1_and_2_and_plain_http_are_served() {
    let lab = TestLab::with(vicar_lab::Options {
        http: Some(std::net::SocketAddr::from(([127, 0, 0, 1], 0))),
        ..vicar_lab::Options::default()
    });
    let path = format!("{CONTOSO_ID}/v2.0/.well-known/openid-configuration");
    assert_eq!(lab.get(&path).version(), reqwest::Version::HTTP_2);
    let old = builder(&lab.lab).http1_only().build().unwrap();
    let answer = old.get(lab.url(&path)).send().unwrap();
    assert_eq!((answer.version(), answer.status().as_u16()), (reqwest::Version::HTTP_11, 200));
    let plain = format!("http://{}/{path}", lab.lab.http.unwrap());
    assert_eq!(lab.client.get(plain).send().unwrap().status(), 200);
}

#[test]
fn what_is_no_form_is_refused() {
    let lab = TestLab::start();
    let url = lab.url(&format!("{CONTOSO_ID}/oauth2/v2.0/token"));
    let answer = lab
        .client
        .post(url)
        .header("content-type", "application/json")
        .body(format!(r#"{{"client_id":"{NIGHTLY}"}}"#))
        .send()
        .unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.json::<serde_json::Value>().unwrap()["error_codes"], json!([9_002_313]));
}

#[test]
fn a_stopped_lab_does_not_answer() {
    let TestLab { lab, client } = TestLab::start();
    let url = format!("{}/lab", lab.origin);
    assert_eq!(client.get(&url).send().unwrap().status(), 200);
    lab.stop();
    assert!(client.get(&url).send().is_err());
}

#[test]
fn a_lab_starts_and_ends_inside_another_runtime() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let status = runtime.block_on(async {
        let settings = vicar_lab::Settings::parse(vicar_lab::CONTOSO).unwrap();
        let lab = vicar_lab::Lab::start(&settings, vicar_lab::Options::default()).unwrap();
        let certificates = reqwest::Certificate::from_pem_bundle(lab.ca_pem.as_bytes()).unwrap();
        let client =
            reqwest::Client::builder().tls_certs_only(certificates).no_proxy().build().unwrap();
        client.get(format!("{}/lab", lab.origin)).send().await.unwrap().status()
    });
    assert_eq!(status, 200);
}

#[test]
fn an_address_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let https = taken.local_addr().unwrap();
    let settings = vicar_lab::Settings::parse(vicar_lab::CONTOSO).unwrap();
    let options = vicar_lab::Options { https, ..vicar_lab::Options::default() };
    let error = vicar_lab::Lab::start(&settings, options).unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot listen on {https}: ")), "{error}");
}
