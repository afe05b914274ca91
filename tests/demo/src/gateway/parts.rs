//! What the demo starts.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::json;
use vicar_envoy_tests::{
    Failure, bundle,
    configuration::{Listener, bootstrap, cluster, to_cluster},
    envoy::{Envoy, Options},
    filter::Filter,
    key_server::{Behaviour, KeyServer},
    tokens::now,
    upstream::Upstream,
};
use vicar_native::mint::{KeyNumber, Members, Recipe, key_set};
use vicar_token::Algorithm;

use super::GatewayDemoError;
use crate::rows::{Row, Rows};

/// A running gateway with its surroundings; all end with this value.
pub(crate) struct Parts {
    envoy: Envoy,
    address: SocketAddr,
    keys: KeyServer,
    upstream: Upstream,
    digest: String,
}

impl Parts {
    /// Starts everything; `port` 0 is the system's choice.
    pub(crate) fn start(port: u16) -> Result<Self, GatewayDemoError> {
        let bundle = bundle::build("policies/reference")?.bundle;
        let keys = key_set(ISSUER, &[Algorithm::Rs256], KeyNumber::of_issuer(0))?;
        let keys = KeyServer::start(Behaviour::Good(keys))?;
        let upstream = Upstream::start()?;
        let header = |value: &str| json!({ "name": format!("x-vicar-{value}"), "value": value });
        let filter = Filter::new(&bundle.to_bytes()).fetched_keys(ISSUER, "issuer").set(
            "gateway",
            json!({ "headers": [header("actor"), header("subject"), header("mode")] }),
        );
        let filters = vec![filter.to_json()?];
        let mut listener = Listener::new("ingress", filters, to_cluster("upstream"));
        listener.port = port;
        let clusters = [cluster("upstream", upstream.address()), cluster("issuer", keys.address())];
        let envoy =
            Envoy::start(&bootstrap(&[listener.to_json()], &clusters), &Options::default())?;
        let address = envoy.listener("ingress")?;
        let parts = Self { envoy, address, keys, upstream, digest: bundle.digest().to_string() };
        parts.wait_for_keys()?;
        Ok(parts)
    }

    /// Without keys every answer is 503.
    fn wait_for_keys(&self) -> Result<(), Failure> {
        let begin = Instant::now();
        while self.keys.asked() == 0 && begin.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(100));
        Ok(())
    }

    /// A row's token, moved to the real time.
    pub(crate) fn token(&self, rows: &Rows, row: &Row) -> Result<String, GatewayDemoError> {
        let later = i64::try_from(now()).unwrap_or(i64::MAX).saturating_sub(rows.clock);
        let mut claims = rows.claims(row)?;
        for name in ["iat", "nbf", "exp", "auth_time"] {
            if let Some(time) = claims.get(name).and_then(serde_json::Value::as_i64) {
                claims.insert(name.to_owned(), time.saturating_add(later).into());
            }
        }
        let claims: Members = claims.into_iter().collect();
        let number = KeyNumber::of_issuer(0);
        Ok(Recipe::new(&rows.trusted_as, Algorithm::Rs256, number, claims).sign()?)
    }

    /// Writes each row's token into a file of its own; where they are.
    pub(crate) fn write_tokens(&self, rows: &Rows) -> Result<PathBuf, GatewayDemoError> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/demo");
        let failed =
            |path: &Path, error| GatewayDemoError::File { path: path.display().to_string(), error };
        fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
        let folder = folder.canonicalize().map_err(|error| failed(&folder, error))?;
        for (index, row) in rows.rows.iter().enumerate() {
            let file = folder.join(format!("token-{}.txt", index + 1));
            fs::write(&file, self.token(rows, row)?).map_err(|error| failed(&file, error))?;
        }
        Ok(folder)
    }

    /// Where Envoy listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Envoy's admin interface.
    pub(crate) const fn admin(&self) -> SocketAddr {
        self.envoy.admin().address()
    }

    /// The bundle's digest.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// How many requests reached the upstream.
    pub(crate) fn passed(&self) -> u64 {
        self.upstream.count()
    }

    /// Whether Envoy still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.envoy.runs()
    }

    /// The audit records in Envoy's log, at least so many.
    pub(crate) fn audit_lines(&self, least: usize) -> Result<Vec<String>, GatewayDemoError> {
        let begin = Instant::now();
        loop {
            let log = self.envoy.log();
            let lines: Vec<String> = log
                .lines()
                .filter_map(|line| line.get(line.find(r#"{"vicar_audit""#)?..))
                .map(str::to_owned)
                .collect();
            if lines.len() >= least {
                return Ok(lines);
            }
            if begin.elapsed() > PATIENCE {
                let why = format!("{} records, not {least}", lines.len());
                return Err(Failure::Answer { what: "the audit log".to_owned(), why }.into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The filter's metrics, once `requests` were counted.
    pub(crate) fn metrics(&self, requests: usize) -> Result<Vec<(String, u64)>, GatewayDemoError> {
        let begin = Instant::now();
        loop {
            let all = self.envoy.admin().statistics("wasmcustom.vicar.")?;
            let counted: u64 = all
                .iter()
                .filter(|(name, _)| name.contains(".requests."))
                .map(|(_, count)| *count)
                .sum();
            if counted >= requests as u64 {
                return Ok(all.into_iter().collect());
            }
            if begin.elapsed() > PATIENCE {
                let why = format!("{counted} requests counted, not {requests}");
                return Err(Failure::Answer { what: "the metrics".to_owned(), why }.into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The bundle's name of the issuer.
const ISSUER: &str = "entra";
/// Metrics are handed to Envoy with a tick.
const PATIENCE: Duration = Duration::from_secs(20);
