//! A lab to run against: Contoso with more agents, and people who sign in.

use std::{error::Error, fmt::Write as _, net::SocketAddr};

use serde_json::{Value, json};
use vicar_compiler::Folder;
use vicar_envoy_tests::{
    client::{Request, Response},
    load::Load,
};
use vicar_lab::{CONTOSO, Lab, Options, RequestRecord, RunningLab, Settings};

/// A running lab.
pub(crate) struct Contoso {
    lab: RunningLab,
    control: SocketAddr,
}

impl Contoso {
    /// Contoso with [`AGENTS`] agents more than it has.
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        let mut settings = Settings::parse(CONTOSO)?;
        let tenant = settings.tenants.first_mut().ok_or("the lab has no tenant")?;
        let agent = tenant.agents.first().ok_or("the lab has no agent")?.clone();
        let consent = tenant.consents.delegated.first().ok_or("nothing is consented to")?.clone();
        for number in 0..AGENTS {
            let id = agent_id(number);
            let mut agent = agent.clone();
            agent.name = format!("Agent {number}");
            agent.id.clone_from(&id);
            tenant.agents.push(agent);
            let mut consent = consent.clone();
            consent.client = id;
            tenant.consents.delegated.push(consent);
        }
        let plain = SocketAddr::from(([127, 0, 0, 1], 0));
        let lab = Lab::start(&settings, Options { http: Some(plain), ..Options::default() })?;
        let control = lab.http.ok_or("the lab serves no plain HTTP")?;
        Ok(Self { lab, control })
    }

    /// `https://…`: the authority.
    pub(crate) fn origin(&self) -> &str {
        &self.lab.origin
    }

    /// Whom to trust, in PEM.
    pub(crate) fn authority(&self) -> &str {
        &self.lab.ca_pem
    }

    /// A token of Dana for the blueprint, another one each time.
    pub(crate) fn sign_in(&self) -> Result<String, Box<dyn Error>> {
        let wanted = json!({
            "tenant": TENANT, "client": TERMINAL, "user": "dana@contoso.example",
            "scope": format!("api://{BLUEPRINT}/access_as_user"),
        });
        let answer = self.post("sign-in", &wanted)?.json();
        let token = answer.get("access_token").and_then(Value::as_str);
        Ok(token.ok_or("nobody could sign in")?.to_owned())
    }

    /// Has the next token request wait.
    pub(crate) fn delay(&self, milliseconds: u64) -> Result<(), Box<dyn Error>> {
        let fault = json!({"kind": "latency", "milliseconds": milliseconds, "path": "/token"});
        self.post("faults", &fault).map(drop)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Response, Box<dyn Error>> {
        let answer = Request::post(&format!("/lab/{path}"), body.to_string()).send(self.control)?;
        match answer.status {
            200..300 => Ok(answer),
            status => Err(format!("the lab answers {status}: {}", answer.text()).into()),
        }
    }

    /// The token requests since this was last asked, in their order.
    pub(crate) fn token_requests(&self) -> Result<Vec<RequestRecord>, Box<dyn Error>> {
        let log = Request::get("/lab/requests").send(self.control)?;
        let mut records: Vec<RequestRecord> = serde_json::from_slice(&log.body)?;
        let forget = Request::new(hyper::Method::DELETE, "/lab/requests")
            .header("content-type", "application/json");
        forget.send(self.control)?;
        records.retain(|record| record.path.ends_with("/oauth2/v2.0/token"));
        Ok(records)
    }
}

/// The bundle that permits each agent to act for a person, as a file's bytes.
pub(crate) fn bundle() -> Result<Vec<u8>, Box<dyn Error>> {
    let mut agents = String::from("directory:\n  agents:\n");
    for number in 0..AGENTS {
        let id = agent_id(number);
        writeln!(
            agents,
            "    agent-{number}: {{ id: {id}, tenant: contoso, blueprint: finance }}"
        )?;
    }
    let yaml = include_str!("vicar.yaml").replace("directory:\n", &agents);
    let folder: Folder =
        [("vicar.yaml", yaml), ("policies.cedar", include_str!("policies.cedar").to_owned())]
            .map(|(path, text)| (path.to_owned(), text))
            .into_iter()
            .collect();
    let compiled = vicar_compiler::compile(&folder).map_err(|problems| {
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })?;
    Ok(compiled.bundle.to_bytes())
}

/// The id of an added agent.
pub(crate) fn agent_id(number: usize) -> String {
    format!("a9e2ffff-1c2d-4e3f-8a5b-{number:012x}")
}

/// What a caller with this token asks the sidecar for: the agent's header.
pub(crate) fn asking(agent: usize, token: &str) -> Request {
    let agent = agent_id(agent);
    Request::get(&format!("/AuthorizationHeader/Tools?AgentIdentity={agent}")).bearer(token)
}

/// Sends it; every answer has to be 200.
pub(crate) fn sent(load: Load) -> Result<vicar_envoy_tests::load::Outcome, Box<dyn Error>> {
    let outcome = load.run()?;
    match outcome.statuses.keys().any(|status| *status != 200) || !outcome.errors.is_empty() {
        true => Err(format!("{:?} {:?}", outcome.statuses, outcome.errors).into()),
        false => Ok(outcome),
    }
}

/// Agents for exchanges that nobody asked for before.
pub(crate) const AGENTS: usize = 200;
const BLUEPRINT: &str = "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a";
const TENANT: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
const TERMINAL: &str = "e4d3c2b1-6a5f-4f4e-9d3c-2b1a09f8e7d6";
