//! One token for one request: who calls, what is asked, is it permitted, the exchange, the record.

use axum::http::{HeaderMap, Method, header};
use tracing::{Instrument as _, Span};
use vicar_token::quote::Quoted;

use super::{
    Sidecar,
    audit::{ExchangeRecord, Outcome},
    callers::Caller,
    configuration::DownstreamApi,
    parameters::Parameters,
    plan::{Plan, Route, plan},
    policy::ExchangeVerdict,
    reason::API_UNKNOWN,
    refusal::Refusal,
    telemetry,
};
use crate::exchange::{KeyedSpec, Obtained, Source};

/// A request that wants a token.
pub(super) struct Wanted<'a> {
    pub(super) route: Route,
    pub(super) api: &'a str,
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
}

/// The token, and what it was asked for with.
pub(super) struct Had<'a> {
    pub(super) api: &'a DownstreamApi,
    pub(super) parameters: Parameters,
    pub(super) spec: KeyedSpec,
    pub(super) obtained: Obtained,
}

impl Sidecar {
    /// Obtains a token.
    pub(super) async fn obtain(&self, wanted: &Wanted<'_>) -> Result<Had<'_>, Refusal> {
        let span = telemetry::exchange();
        let had = self.obtain_within(wanted).instrument(span.clone()).await;
        had.inspect_err(|refusal| telemetry::refused(&span, refusal))
    }

    async fn obtain_within(&self, wanted: &Wanted<'_>) -> Result<Had<'_>, Refusal> {
        let api = self.configuration.apis.get(&wanted.api.to_ascii_lowercase());
        let caller = match wanted.route.authenticated() {
            true => Some(self.callers.authenticate(wanted.headers).await),
            false => None,
        };
        let caller = match caller.transpose() {
            Ok(caller) => caller,
            // What APIs there are is nobody's business without a good token.
            Err(refusal) => {
                return Err(match api {
                    Some(api) => self.refused(wanted, api, None, None, refusal),
                    None => refusal,
                });
            }
        };
        let api = api.ok_or_else(|| {
            let detail = format!("no API {} is configured", Quoted(wanted.api));
            Refusal::new(API_UNKNOWN, detail, "name one of `DownstreamApis__{name}`")
        })?;
        let parameters = match Parameters::parse(wanted.query) {
            Ok(parameters) => parameters,
            Err(refusal) => {
                return Err(self.refused(wanted, api, caller.as_deref(), None, refusal));
            }
        };
        let planned = plan(
            &self.configuration,
            wanted.route,
            api,
            &parameters,
            caller.as_deref(),
            &*self.policy,
        );
        let plan = match planned {
            Ok(plan) => plan,
            Err(refusal) => {
                return Err(self.refused(wanted, api, caller.as_deref(), None, refusal));
            }
        };
        let question = plan.question(&self.configuration, api, caller.as_deref());
        let verdict = self.policy.decide(&question);
        if !verdict.allowed {
            let mut refusal =
                Refusal::new(verdict.reason, verdict.sentence.clone(), verdict.change.clone());
            if let Some(challenge) = &verdict.www_authenticate {
                refusal = refusal.header(header::WWW_AUTHENTICATE, challenge.clone());
            }
            if let Some(findings) = &verdict.findings {
                refusal = refusal.member("findings", findings.clone());
            }
            self.metrics.token("none", verdict.reason.code);
            let about = Some((&plan, &verdict));
            return Err(self.refused(wanted, api, caller.as_deref(), about, refusal));
        }
        if let Some(challenged) = &plan.challenged {
            self.broker.forget(challenged);
        }
        match self.broker.token(&plan.spec, plan.renew).await {
            Ok(obtained) => {
                let source = match obtained.source {
                    Source::Cache => "cache",
                    Source::Exchange => "exchange",
                };
                self.metrics.token(source, verdict.reason.code);
                let outcome = Outcome::Had(&obtained);
                self.write(wanted, api, caller.as_deref(), Some((&plan, &verdict)), &outcome);
                Ok(Had { api, parameters, spec: plan.spec, obtained })
            }
            Err(error) => {
                let refusal = Refusal::from(&*error);
                self.metrics.token("none", refusal.reason.code);
                let outcome = Outcome::Failed(&error, &refusal);
                self.write(wanted, api, caller.as_deref(), Some((&plan, &verdict)), &outcome);
                Err(refusal)
            }
        }
    }

    fn refused(
        &self,
        wanted: &Wanted<'_>,
        api: &DownstreamApi,
        caller: Option<&Caller>,
        about: Option<(&Plan, &ExchangeVerdict)>,
        refusal: Refusal,
    ) -> Refusal {
        let outcome = Outcome::Refused(&refusal);
        self.write(wanted, api, caller, about, &outcome);
        refusal
    }

    fn write(
        &self,
        wanted: &Wanted<'_>,
        api: &DownstreamApi,
        caller: Option<&Caller>,
        about: Option<(&Plan, &ExchangeVerdict)>,
        outcome: &Outcome<'_>,
    ) {
        let key = about.map(|(plan, _)| plan.spec.key().digest().to_string());
        let record = ExchangeRecord {
            method: wanted.method.as_str(),
            host: wanted.headers.get("host").and_then(|host| host.to_str().ok()),
            path: wanted.path,
            request_id: wanted.headers.get("x-request-id").and_then(|id| id.to_str().ok()),
            api: &api.name,
            caller: about
                .and_then(|(_, verdict)| verdict.caller.as_ref())
                .map(|known| known.identity())
                .or(caller.map(|caller| &caller.identity)),
            client: &self.configuration.entra.client,
            plan: about.map(|(plan, _)| plan),
            verdict: about.map(|(_, verdict)| verdict),
            key: key.as_deref(),
            policy: &self.policy.name(),
            outcome,
        };
        telemetry::described(&Span::current(), &record);
        self.audit.write(&record.to_json());
    }
}
