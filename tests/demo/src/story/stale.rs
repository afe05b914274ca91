//! A T1 that was kept too long: Entra refuses it; Vicar sees that before it asks.

use serde_json::{Map, Value, json};
use vicar_envoy_tests::tokens::now;
use vicar_native::exchange::{Granted, NativeExchanger, Nobody};

use super::{
    BLUEPRINT, CONTOSO, INVOICE, StoryError, TOOLS,
    office::Office,
    scene::{runner, spec, why},
    stand_in::StandIn,
};

/// What came of a stale T1.
pub(super) struct Renewed {
    /// Entra's answer to whoever presents it.
    pub(super) entra: Value,
    /// What Vicar asked for when it was handed the same T1.
    pub(super) forms: Vec<Map<String, Value>>,
    /// Whether Vicar got its token.
    pub(super) token: bool,
}

/// Obtains a T1, lets two hours pass at Entra, and presents it, without Vicar and with it.
pub(super) fn renewed(entra: &StandIn, office: &Office) -> Result<Renewed, StoryError> {
    let file = office.token_file().display().to_string();
    let agent = json!({
        "id": INVOICE, "blueprint": BLUEPRINT,
        "credential": {"service_account_token": {"file": file}},
    });
    let first = run(entra, office, &json!({"blueprint_exchange": {"agent": agent}}))?;
    let t1 = first.token.access_token.expose().to_owned();

    entra.control("clock", &json!({"advance": 2 * 3600}))?;
    let form = format!(
        "client_id={INVOICE}&grant_type=client_credentials&scope=api%3A%2F%2F{TOOLS}%2F.default\
         &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
         &client_assertion={t1}"
    );
    let refused = entra.token(CONTOSO, &form);
    entra.control("clock", &json!({"skew": 0}))?;

    entra.forget_requests()?;
    let mut agent = agent;
    if let Some(members) = agent.as_object_mut() {
        let ended = now().saturating_sub(3600);
        members.insert("t1".to_owned(), json!({"token": t1, "expires_at": ended}));
    }
    let target = json!({
        "scopes": [format!("api://{TOOLS}/.default")],
        "audiences": [TOOLS, format!("api://{TOOLS}")],
    });
    let grant = json!({"autonomous": {"agent": agent, "target": target}});
    let token = run(entra, office, &grant).is_ok();
    Ok(Renewed { entra: refused?, forms: entra.forms()?, token })
}

fn run(entra: &StandIn, office: &Office, grant: &Value) -> Result<Granted, StoryError> {
    let runner = runner(entra)?;
    let spec = spec(entra, grant);
    office.run(async {
        runner.run(&NativeExchanger, &spec, &mut Nobody).await.map_err(|error| why(&error))
    })
}
