//! The bundle's policies: `Action::"exchange"`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use vicar::{ExchangeCall, ExchangeGate, Verdict};
use vicar_bundle::{Bundle, contents::KeySource, exchange::ExchangeFlow};
use vicar_exchange::{Guid, digest::Digest};
use vicar_token::{Reason, UnixSeconds};

use super::{ExchangePolicy, ExchangeQuestion, ExchangeVerdict};
use crate::{
    failure::Failure,
    http::unix_now,
    serve::{
        configuration::{Configuration, Problems},
        pool::Pool,
        reason::{OVERRIDE_REFUSED, SERVER_FAILURE},
    },
    verifier::AwsLc,
};

/// The policies of a bundle with an exchange section.
pub(in crate::serve) struct BundlePolicy {
    gates: RwLock<Arc<Gates>>,
    /// The last key set of the callers' issuer.
    keys: Mutex<Option<Arc<[u8]>>>,
}

/// The gates of one bundle.
pub(in crate::serve) struct Gates {
    pool: Pool<ExchangeGate<AwsLc>>,
    name: String,
    tenant: Option<String>,
    blueprint: Option<String>,
    downstreams: Vec<String>,
    /// The issuer whose keys come from where the callers' do; none where the bundle brings them.
    issuer: Option<String>,
}

impl BundlePolicy {
    /// Of a bundle.
    ///
    /// # Errors
    /// [`Failure`] when a gate refuses it.
    pub(in crate::serve) fn new(bundle: &Bundle) -> Result<Self, Failure> {
        let gates = RwLock::new(Arc::new(Gates::load(bundle)?));
        Ok(Self { gates, keys: Mutex::new(None) })
    }

    /// Whether the bundle's exchange is the configuration's: of its tenant and application.
    ///
    /// # Errors
    /// [`Failure`] with what differs.
    pub(in crate::serve) fn is_about(&self, configuration: &Configuration) -> Result<(), Failure> {
        let gates = self.current();
        let entra = &configuration.entra;
        let mut problems = Problems::default();
        for (key, seen, wanted) in [
            ("AzureAd__TenantId", &entra.tenant, &gates.tenant),
            ("AzureAd__ClientId", &entra.client, &gates.blueprint),
        ] {
            if let Some(wanted) = wanted.as_ref().filter(|wanted| *wanted != seen.as_str()) {
                let wanted = format!("`{wanted}`, as the bundle's exchange section says");
                problems.value(key, seen.as_str(), wanted);
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
    }

    /// Gates of a changed bundle, not yet in use.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(in crate::serve) fn prepare(&self, bundle: &Bundle) -> Result<Gates, Failure> {
        let gates = Gates::load(bundle)?;
        gates.set_keys(self.keys().as_deref());
        Ok(gates)
    }

    /// Puts them in use.
    pub(in crate::serve) fn adopt(&self, gates: Gates) {
        // Keys may have come in between.
        gates.set_keys(self.keys().as_deref());
        *self.gates.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(gates);
    }

    /// Takes a new key set of the callers' issuer; `None` when the old one is too old.
    pub(in crate::serve) fn set_keys(&self, document: Option<&[u8]>) {
        let mut keys = self.keys();
        *keys = document.map(Arc::from);
        self.current().set_keys(document);
    }

    fn keys(&self) -> MutexGuard<'_, Option<Arc<[u8]>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn current(&self) -> Arc<Gates> {
        Arc::clone(&self.gates.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Gates {
    fn load(bundle: &Bundle) -> Result<Self, Failure> {
        let bytes = bundle.to_bytes();
        let pool = Pool::new(|| ExchangeGate::load(&bytes, AwsLc))
            .map_err(|error| Failure::new(error.reason().code, error))?;
        let exchange = bundle.exchange()?;
        let issuer = exchange.as_ref().and_then(|exchange| exchange.issuer.clone());
        let is_fetched = |name: &String| {
            let known = bundle.contents().trust.iter().find(|it| it.trusted.name == *name);
            known.is_some_and(|issuer| !matches!(issuer.keys, KeySource::Inline(_)))
        };
        Ok(Self {
            pool,
            name: bundle.digest().to_string(),
            tenant: exchange.as_ref().map(|exchange| exchange.tenant.clone()),
            blueprint: exchange.as_ref().map(|exchange| exchange.blueprint.clone()),
            downstreams: exchange
                .into_iter()
                .flat_map(|exchange| exchange.downstreams)
                .map(|downstream| downstream.name)
                .collect(),
            issuer: issuer.filter(is_fetched),
        })
    }

    fn set_keys(&self, document: Option<&[u8]>) {
        let Some(issuer) = &self.issuer else { return };
        self.pool.each(|gate| match document {
            Some(document) => {
                if let Err(error) = gate.set_keys(issuer, document) {
                    tracing::error!(%error, "the exchange's gate does not take the keys");
                }
            }
            None => {
                gate.forget_keys(issuer);
            }
        });
    }

    /// The API's name as the bundle spells it: the sidecar's names have no letter case.
    fn downstream<'a>(&'a self, api: &'a str) -> &'a str {
        self.downstreams.iter().find(|name| name.eq_ignore_ascii_case(api)).map_or(api, |name| name)
    }
}

impl ExchangePolicy for BundlePolicy {
    fn decide(&self, question: &ExchangeQuestion<'_>) -> ExchangeVerdict {
        let gates = self.current();
        if let Some(tenant) = &gates.tenant
            && tenant != question.tenant.as_str()
        {
            return denied(
                OVERRIDE_REFUSED,
                format!(
                    "Denied: the bundle's exchange is of the tenant `{tenant}`, and the token is \
                     asked for in `{}`.",
                    question.tenant
                ),
                "ask for a token of the bundle's tenant".to_owned(),
            );
        }
        let scopes: Vec<&str> = question.scopes.iter().collect();
        let user = question.agent_user;
        let agent = Some(question.actor).filter(|actor| *actor != question.client);
        let call = ExchangeCall {
            token: question.caller.map(|caller| caller.token.expose()),
            downstream: gates.downstream(question.api),
            agent: agent.map(Guid::as_str),
            agent_user_id: user.filter(|user| !user.contains('@')),
            agent_user_name: user.filter(|user| user.contains('@')),
            flow: Some(flow(question.mode)),
            scopes: &scopes,
        };
        let now = unix_now();
        gates
            .pool
            .with(|gate| weigh(gate, &call, now))
            .unwrap_or_else(|| denied(SERVER_FAILURE, "there is no gate".to_owned(), String::new()))
    }

    fn digest(&self) -> Digest {
        Digest::of(self.current().name.as_bytes())
    }

    fn name(&self) -> String {
        self.current().name.clone()
    }

    fn judges_scopes(&self) -> bool {
        true
    }
}

fn weigh(
    gate: &mut ExchangeGate<AwsLc>,
    call: &ExchangeCall<'_>,
    now: UnixSeconds,
) -> ExchangeVerdict {
    let decision = gate.decide(call, now);
    if let Some(sentence) = decision.allowed_sentence() {
        return ExchangeVerdict {
            allowed: true,
            reason: *decision.reason,
            sentence,
            change: String::new(),
            policies: decision.policies,
            www_authenticate: None,
            findings: None,
            caller: decision.caller,
        };
    }
    let detail = gate.bundle().contents().answers.detail;
    let Verdict { reason, sentence, change, policies, answer, findings, .. } =
        gate.explain(call, now);
    let change = match (decision.refusal, detail) {
        (Some(refusal), _) => refusal.remedy,
        (None, true) => change.join("; "),
        (None, false) => "ask whoever keeps the bundle's policies".to_owned(),
    };
    let told = detail && !findings.is_empty();
    ExchangeVerdict {
        allowed: false,
        reason: Reason { code: reason, status: answer.status },
        sentence,
        change,
        policies,
        www_authenticate: answer.www_authenticate,
        findings: told.then(|| serde_json::to_value(findings).ok()).flatten(),
        caller: decision.caller,
    }
}

const fn denied(reason: Reason, sentence: String, change: String) -> ExchangeVerdict {
    ExchangeVerdict {
        allowed: false,
        reason,
        sentence,
        change,
        policies: Vec::new(),
        www_authenticate: None,
        findings: None,
        caller: None,
    }
}

fn flow(mode: &str) -> ExchangeFlow {
    match mode {
        "agent_user" => ExchangeFlow::AgentUser,
        "app" => ExchangeFlow::App,
        "autonomous" => ExchangeFlow::Autonomous,
        _ => ExchangeFlow::OnBehalfOf,
    }
}
