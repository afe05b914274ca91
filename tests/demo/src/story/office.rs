//! The agent's pod and what stands behind it: the sidecar, Envoy with the filter, an upstream.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::blocking::Client;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use vicar_bundle::Bundle;
use vicar_envoy_tests::{
    Failure, bundle,
    configuration::{Listener, bootstrap, cluster, to_cluster},
    envoy::{Envoy, Options as EnvoyOptions},
    filter::Filter,
    key_server::{Behaviour, KeyServer},
    upstream::Upstream,
};
use vicar_native::{
    engine::NativeEngine,
    exchange::NativeExchanger,
    serve::{
        AuditSink, Configuration, Options, RunningSidecar, Variables,
        configuration::variables_of_bundle, start,
    },
};

use super::{CONTOSO, StoryError, stand_in::StandIn};

/// Everything on the agent's side; all ends with this value.
pub(super) struct Office {
    pub(super) sidecar: RunningSidecar,
    pub(super) envoy_address: SocketAddr,
    pub(super) digest: String,
    pub(super) folder: TempDir,
    runtime: Runtime,
    envoy: Envoy,
    _keys: KeyServer,
    upstream: Upstream,
    audit: Arc<Mutex<Vec<String>>>,
    client: Client,
}

/// One call of the agent, and what became of it.
pub(super) struct Called {
    /// The sidecar's path and query.
    pub(super) path: String,
    /// Status and body of the sidecar's answer.
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) challenge: String,
    /// What the token endpoint saw meanwhile.
    pub(super) forms: Vec<Map<String, Value>>,
    /// Whether the upstream saw the call, and with which headers.
    pub(super) seen: Option<BTreeMap<String, String>>,
    /// The sidecar's audit record.
    pub(super) audit: Value,
}

impl Office {
    pub(super) fn start(entra: &StandIn) -> Result<Self, StoryError> {
        let bundle = bundle::build(BUNDLE)?.bundle;
        let keys = KeyServer::start(Behaviour::Good(entra.keys(CONTOSO)?))?;
        let upstream = Upstream::start()?;
        let (envoy, envoy_address) = gateway(&bundle, &keys, &upstream)?;
        let folder = TempDir::new()?;
        entra.cluster.project(&folder.path().join(TOKEN))?;
        let runtime = Runtime::new()?;
        let audit = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&audit);
        let options = Options {
            authority: Some(entra.lab.ca_pem.clone().into_bytes()),
            bundle: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(BUNDLE)),
            engine: Box::new(|| Ok(Arc::new(NativeEngine))),
            exchanger: Box::new(NativeExchanger),
            audit: AuditSink::new(move |line| {
                lines.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
            }),
        };
        let configuration = configuration(&bundle, entra, &folder, envoy_address)?;
        let vicar =
            |failure: vicar_native::failure::Failure| StoryError::Vicar(failure.to_string());
        let sidecar = runtime.block_on(start(configuration, options)).map_err(vicar)?;
        let client = Client::builder().no_proxy().build()?;
        let digest = bundle.digest().to_string();
        let office = Self {
            sidecar,
            envoy_address,
            digest,
            folder,
            runtime,
            envoy,
            _keys: keys,
            upstream,
            audit,
            client,
        };
        office.wait_for_keys()?;
        Ok(office)
    }

    /// The sidecar answers 503 until it has the tenant's keys.
    fn wait_for_keys(&self) -> Result<(), StoryError> {
        let begin = Instant::now();
        while self.client.get(format!("{}/readyz", self.url())).send()?.status() != 200 {
            if begin.elapsed() > PATIENCE {
                return Err(StoryError::Vicar("the sidecar does not get ready".to_owned()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    pub(super) fn url(&self) -> String {
        self.sidecar.addresses.first().map_or_else(String::new, |at| format!("http://{at}"))
    }

    /// The agent calls a tool through the sidecar, for the person of `token` or for nobody.
    pub(super) fn call(
        &self,
        entra: &StandIn,
        agent: &str,
        token: Option<&str>,
        more: &str,
    ) -> Result<Called, StoryError> {
        entra.forget_requests()?;
        let before = self.upstream.count();
        let route = if token.is_some() { "DownstreamApi" } else { "DownstreamApiUnauthenticated" };
        let path = format!("/{route}/tools?AgentIdentity={agent}{more}");
        let message = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": { "name": "search_invoices", "arguments": { "text": "overdue" } },
        });
        let mut request = self
            .client
            .post(format!("{}{path}", self.url()))
            .header("content-type", "application/json")
            .body(message.to_string());
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send()?;
        let status = answer.status().as_u16();
        let challenge = answer.headers().get("www-authenticate");
        let challenge = challenge.and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
        let body = serde_json::from_str(&answer.text()?).unwrap_or_default();
        let seen = (self.upstream.count() > before).then(|| self.upstream.last()).flatten();
        let seen = seen.map(|received| {
            ["x-vicar-actor", "x-vicar-subject", "x-vicar-mode"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), received.header(name)?.to_owned())))
                .collect()
        });
        let audit = self.audit.lock().unwrap_or_else(PoisonError::into_inner).last().cloned();
        let audit = audit.and_then(|line| serde_json::from_str(&line).ok()).unwrap_or_default();
        Ok(Called { path, status, body, challenge, forms: entra.forms()?, seen, audit })
    }

    /// Every audit record, the sidecar's and then the gateway's.
    pub(super) fn audit_lines(&self) -> Vec<String> {
        let mut lines = self.audit.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let line = self.envoy.wait_for_line(r#"{"vicar_audit""#, Duration::from_secs(5)).ok();
        let gateway = line.and_then(|line| Some(line.get(line.find('{')?..)?.to_owned()));
        lines.extend(gateway);
        lines
    }

    /// The pod's token file.
    pub(super) fn token_file(&self) -> std::path::PathBuf {
        self.folder.path().join(TOKEN)
    }

    pub(super) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// What the file says of itself.
    pub(super) fn token_claims(&self) -> Result<Value, StoryError> {
        let token = fs::read_to_string(self.token_file())?;
        let payload = token.split('.').nth(1).unwrap_or_default();
        let claims = vicar_token::base64url::decode(payload).unwrap_or_default();
        Ok(serde_json::from_slice(&claims).unwrap_or_default())
    }
}

fn gateway(
    bundle: &Bundle,
    keys: &KeyServer,
    upstream: &Upstream,
) -> Result<(Envoy, SocketAddr), Failure> {
    let header = |value: &str| json!({ "name": format!("x-vicar-{value}"), "value": value });
    let filter = Filter::new(&bundle.to_bytes())
        .fetched_keys("entra", "issuer")
        .set("gateway", json!({ "headers": [header("actor"), header("subject"), header("mode")] }));
    let listener = Listener::new("ingress", vec![filter.to_json()?], to_cluster("upstream"));
    let clusters = [cluster("upstream", upstream.address()), cluster("issuer", keys.address())];
    let bootstrap = bootstrap(&[listener.to_json()], &clusters);
    let envoy = Envoy::start(&bootstrap, &EnvoyOptions::default())?;
    let address = envoy.listener("ingress")?;
    let begin = Instant::now();
    while keys.asked() == 0 && begin.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(100));
    Ok((envoy, address))
}

/// The bundle's exchange section, at the story's addresses.
fn configuration(
    bundle: &Bundle,
    entra: &StandIn,
    folder: &TempDir,
    envoy: SocketAddr,
) -> Result<Configuration, StoryError> {
    let failed = |error: &dyn std::error::Error| StoryError::Vicar(error.to_string());
    let exchange = bundle.exchange().map_err(|error| failed(&error))?;
    let exchange =
        exchange.ok_or_else(|| StoryError::Vicar("the bundle has no exchange".to_owned()))?;
    let token = folder.path().join(TOKEN).display().to_string();
    let here = [
        ("AzureAd__Instance", entra.lab.origin.clone()),
        ("AzureAd__ClientCredentials__0__SourceType", "SignedAssertionFilePath".to_owned()),
        ("AzureAd__ClientCredentials__0__SignedAssertionFileDiskPath", token),
        ("DownstreamApis__tools__BaseUrl", format!("http://{envoy}")),
        ("Vicar__DownstreamApis__tools__AllowLocalAddresses", "true".to_owned()),
        ("Sidecar__AllowOverrides__CallDownstreamApiUnauthenticated", "true".to_owned()),
        ("ASPNETCORE_URLS", "http://127.0.0.1:0".to_owned()),
    ];
    let here = here.map(|(name, value)| (name.to_owned(), value)).into();
    let layers = [variables_of_bundle(&exchange, |_| None), here];
    Configuration::read(&Variables::layers(layers)).map_err(|problems| {
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        StoryError::Vicar(told.join("; "))
    })
}

/// Below the repository.
const BUNDLE: &str = "tests/demo/data/story";
const TOKEN: &str = "azure-identity-token";
const PATIENCE: Duration = Duration::from_secs(20);
