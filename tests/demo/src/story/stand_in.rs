//! The lab in Entra's place, and its control endpoint: what a person's hands would do.

use reqwest::{
    Certificate,
    blocking::{Client, RequestBuilder},
};
use serde_json::{Map, Value, json};
use vicar_lab::{Lab, Options, RunningLab, Settings};

use super::{
    BLUEPRINT, FABRIKAM, StoryError,
    cluster::{self, Cluster},
};

/// The running lab; ends with this value.
pub(super) struct StandIn {
    pub(super) lab: RunningLab,
    pub(super) cluster: Cluster,
    client: Client,
}

impl StandIn {
    pub(super) fn start() -> Result<Self, StoryError> {
        let cluster = Cluster::new()?;
        let failed = |error: &dyn std::error::Error| StoryError::Lab(error.to_string());
        let settings =
            Settings::parse(&directory(&cluster.key_set()?)).map_err(|error| failed(&error))?;
        let lab = Lab::start(&settings, Options::default()).map_err(|error| failed(&error))?;
        let client = Client::builder()
            .tls_certs_only(Certificate::from_pem_bundle(lab.ca_pem.as_bytes())?)
            .no_proxy()
            .build()?;
        Ok(Self { lab, cluster, client })
    }

    /// A call of the control endpoint.
    pub(super) fn control(&self, path: &str, body: &Value) -> Result<Value, StoryError> {
        let request = self.client.post(format!("{}/lab/{path}", self.lab.origin));
        answer(request.header("content-type", "application/json").body(body.to_string()))
    }

    /// Signs a person in without a page; their token.
    pub(super) fn sign_in(&self, body: &Value) -> Result<String, StoryError> {
        let answer = self.control("sign-in", body)?;
        let token = answer.get("access_token").and_then(Value::as_str);
        token.map(str::to_owned).ok_or_else(|| StoryError::Lab(answer.to_string()))
    }

    /// The key set of a tenant's tokens.
    pub(super) fn keys(&self, tenant: &str) -> Result<String, StoryError> {
        let address = format!("{}/{tenant}/discovery/v2.0/keys", self.lab.origin);
        Ok(self.client.get(address).send()?.text()?)
    }

    /// Posts a form to a tenant's token endpoint, as a client without Vicar would.
    pub(super) fn token(&self, tenant: &str, form: &str) -> Result<Value, StoryError> {
        let address = format!("{}/{tenant}/oauth2/v2.0/token", self.lab.origin);
        let request = self.client.post(address);
        let kind = "application/x-www-form-urlencoded";
        answer(request.header("content-type", kind).body(form.to_owned()))
    }

    /// Forgets the requests so far.
    pub(super) fn forget_requests(&self) -> Result<(), StoryError> {
        let request = self.client.delete(format!("{}/lab/requests", self.lab.origin));
        request.header("content-type", "application/json").send()?;
        Ok(())
    }

    /// The forms that the token endpoint has seen since, secrets masked.
    pub(super) fn forms(&self) -> Result<Vec<Map<String, Value>>, StoryError> {
        let log = answer(self.client.get(format!("{}/lab/requests", self.lab.origin)))?;
        let records = log.as_array().cloned().unwrap_or_default();
        let is_token = |record: &Value| {
            record.get("path").and_then(Value::as_str).is_some_and(|it| it.ends_with("/token"))
        };
        let forms = records.into_iter().filter(is_token);
        Ok(forms.filter_map(|record| record.get("form")?.as_object().cloned()).collect())
    }
}

fn answer(request: RequestBuilder) -> Result<Value, StoryError> {
    let text = request.send()?.text()?;
    Ok(if text.is_empty() { json!({}) } else { serde_json::from_str(&text).unwrap_or_default() })
}

/// The lab's own directory; the blueprint has the cluster's tokens for a credential and no secret,
/// and is known in Fabrikam, too.
fn directory(keys: &str) -> String {
    let federated = format!(
        "          - federated:\n              issuer: {}\n              subject: {}\n              \
         keys: {{inline: '{keys}'}}\n",
        cluster::ISSUER,
        cluster::SUBJECT,
    );
    let also = format!(
        "        also_in: [{{tenant: {FABRIKAM}, principal: b7a1d0c2-3344-4e55-8f66-000000000f4b}}]\n        \
         scopes: [access_as_user]\n"
    );
    let (before, after) = vicar_lab::CONTOSO
        .split_at(vicar_lab::CONTOSO.find(&format!("id: {BLUEPRINT}")).unwrap_or_default());
    let after = after
        .replacen("          - secret: lab-blueprint-secret\n", &federated, 1)
        .replacen("        scopes: [access_as_user]\n", &also, 1);
    format!("{before}{after}")
}
