//! How the client of a hop proves itself.

use vicar_token::UnixSeconds;

use super::{
    Asked, Machine, State,
    hop::{Hop, Proof},
};
use crate::{
    AnswerError, Carriage, Credential, CredentialError, Flow, HttpResponse, Problem, Secret, Step,
    answer::{self, Answer},
    assertion::{self, IssuedBy},
    cloud::NationalCloud,
    credential::{client_assertion_input, identity_request},
    secret::compact,
};

/// The proof itself, as form fields will carry it.
pub(super) enum ClientAuthentication {
    Assertion(Secret),
    Nothing,
    Secret(Secret),
}

/// Longest signature taken from the host: RSA of 8192 bits.
const MAX_SIGNATURE_BYTES: usize = 1024;

impl Machine {
    /// Sends the hop, or first asks the host for what the credential needs.
    pub(super) fn authenticate(&mut self, hop: Hop, now: UnixSeconds) -> Result<Step, Problem> {
        let credential = match self.proof(hop) {
            Proof::Assertion(held) => {
                let proof = ClientAuthentication::Assertion(held.token.clone());
                return Ok(self.send(hop, &proof, now));
            }
            Proof::Credential(credential) => credential.clone(),
        };
        match credential {
            Credential::Public => Ok(self.send(hop, &ClientAuthentication::Nothing, now)),
            Credential::UnsafeSecret { secret } => {
                Ok(self.send(hop, &ClientAuthentication::Secret(secret), now))
            }
            Credential::ServiceAccountToken { file } => {
                self.state = State::Asked(hop, Asked::Assertion);
                Ok(Step::ReadAssertion { file })
            }
            Credential::Certificate { key, thumbprint } => {
                let id = self.random.guid();
                let (client, audience) = (self.client_id(hop), self.endpoint(hop));
                let input = client_assertion_input(&client, &audience, &thumbprint, &id, now);
                self.state = State::Asked(hop, Asked::Signature(input.clone()));
                Ok(Step::Sign { key, input })
            }
            Credential::ManagedIdentity { client_id, emulator } => {
                // Refused by the check at the start for other issuers.
                let audience = self
                    .exchange()
                    .map(|cloud| cloud.exchange_audience)
                    .ok_or(CredentialError::Kind("a managed identity is for Entra only"))?;
                let (client_id, emulator) = (client_id.as_ref(), emulator.as_ref());
                let deadline = self.request_deadline(now);
                let limits = &self.spec.limits;
                let request = identity_request(client_id, emulator, audience, limits, deadline);
                self.state = State::Asked(hop, Asked::Identity);
                Ok(Step::Send(request))
            }
        }
    }

    pub(super) fn assertion_read(
        &mut self,
        hop: Hop,
        assertion: Option<Secret>,
        now: UnixSeconds,
    ) -> Result<Step, Problem> {
        let Some(read) = assertion else {
            let file = match self.proof(hop) {
                Proof::Credential(Credential::ServiceAccountToken { file }) => file.clone(),
                _ => String::new(),
            };
            return Err(CredentialError::File(file).into());
        };
        // Files end in a line break.
        let token = Secret::new(read.expose().trim());
        self.present(hop, token, IssuedBy::Another, now)
    }

    pub(super) fn signed(
        &mut self,
        hop: Hop,
        input: &str,
        signature: Option<Vec<u8>>,
        now: UnixSeconds,
    ) -> Result<Step, Problem> {
        match signature.filter(|octets| (1..=MAX_SIGNATURE_BYTES).contains(&octets.len())) {
            Some(signature) => {
                let proof = ClientAuthentication::Assertion(compact(input, &signature));
                Ok(self.send(hop, &proof, now))
            }
            None => {
                let key = match self.proof(hop) {
                    Proof::Credential(Credential::Certificate { key, .. }) => key.clone(),
                    _ => String::new(),
                };
                Err(CredentialError::Signing(key).into())
            }
        }
    }

    pub(super) fn identity_answered(
        &mut self,
        hop: Hop,
        response: Result<HttpResponse, Carriage>,
        now: UnixSeconds,
    ) -> Result<Step, Problem> {
        let Some(response) = self.carried(response)? else {
            return self.fail_in_passing("the managed identity endpoint gave no answer", None, now);
        };
        let refused = |status| Err(CredentialError::ManagedIdentity(status).into());
        match answer::open(&response, self.spec.limits.max_answer_bytes)? {
            Answer::Success(object) => {
                let token = answer::token(object, "Bearer", now)?.access_token;
                self.present(hop, token, IssuedBy::Entra, now)
            }
            // 404 and 410: the service is being replaced (Microsoft's advice for its clients).
            Answer::Busy(_) => {
                let retry_at = response.retry_at(now);
                self.fail_in_passing("the managed identity endpoint is busy", retry_at, now)
            }
            Answer::Refused(error) if matches!(error.status, 404 | 410 | 429 | 500..=599) => {
                let retry_at = response.retry_at(now);
                self.fail_in_passing("the managed identity endpoint is busy", retry_at, now)
            }
            Answer::Refused(error) => refused(error.status),
        }
    }

    /// An answer; `None` for a passing failure.
    pub(super) fn carried(
        &self,
        response: Result<HttpResponse, Carriage>,
    ) -> Result<Option<HttpResponse>, Problem> {
        match response {
            Ok(response) => Ok(Some(response)),
            Err(Carriage::TooLarge) => {
                Err(AnswerError::TooLarge { limit: self.spec.limits.max_answer_bytes }.into())
            }
            Err(Carriage::Untrusted) => Err(AnswerError::Untrusted.into()),
            Err(Carriage::Connection | Carriage::Deadline) => Ok(None),
        }
    }

    fn exchange(&self) -> Option<&'static NationalCloud> {
        match &self.spec.flow {
            Flow::Entra(entra) => Some(entra.authority.national_cloud()),
            Flow::IdentityAssertion(_) | Flow::TokenExchange(_) => None,
        }
    }

    fn present(
        &mut self,
        hop: Hop,
        token: Secret,
        issued_by: IssuedBy,
        now: UnixSeconds,
    ) -> Result<Step, Problem> {
        assertion::federated(&token, self.exchange(), issued_by, now)
            .map_err(CredentialError::Assertion)?;
        Ok(self.send(hop, &ClientAuthentication::Assertion(token), now))
    }
}
