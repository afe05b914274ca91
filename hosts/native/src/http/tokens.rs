//! The requests of an exchange.

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use vicar_exchange::{Carriage, HttpResponse, step::Method};
use vicar_token::UnixSeconds;

use super::{Carrier, answer::answer};
use crate::exchange::TokenRequest;

impl Carrier {
    /// Carries one request of an exchange out, at most until its deadline.
    ///
    /// # Errors
    /// [`Carriage`] when there is no complete answer.
    pub async fn exchange(
        &self,
        request: &TokenRequest,
        now: UnixSeconds,
    ) -> Result<HttpResponse, Carriage> {
        let mut sent = match request.method {
            Method::Get => self.client.get(&request.url),
            Method::Post => self.client.post(&request.url).body(request.body.expose().to_owned()),
        };
        for (name, value) in &request.headers {
            sent = sent.header(name, value);
        }
        let answer = answer(sent, request.max_bytes, request.deadline, now)
            .await
            .map_err(|lost| lost.carriage)?;
        Ok(HttpResponse {
            status: answer.status,
            content_type: answer.header(CONTENT_TYPE).map(str::to_owned),
            retry_after: answer.header(RETRY_AFTER).map(str::to_owned),
            body: answer.body,
        })
    }
}
