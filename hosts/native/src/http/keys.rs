//! The requests of a key keeper.

use reqwest::header::{ACCEPT, CACHE_CONTROL};
use vicar_keys::{Event, FetchFailure, KeyKeeper, Output, Request, Response};
use vicar_token::UnixSeconds;

use super::{
    Carrier,
    answer::{Answer, answer},
    block_on, unix_now,
};
use crate::failure::Failure;

impl Carrier {
    /// Carries one request for keys out, at most until its deadline. The address is `https`, or
    /// plain loopback where [`vicar_keys::Address`] let it through.
    ///
    /// # Errors
    /// [`FetchFailure`] when there is no complete answer.
    pub async fn keys(
        &self,
        request: &Request,
        now: UnixSeconds,
    ) -> Result<Response, FetchFailure> {
        let sent = self.client.get(request.address.as_str()).header(ACCEPT, "application/json");
        let answer = answer(sent, request.max_bytes, request.deadline, now)
            .await
            .map_err(|lost| lost.into_fetch_failure(request.max_bytes))?;
        let max_age = max_age(&answer);
        Ok(Response { status: answer.status, max_age, body: answer.body.to_vec() })
    }

    /// Fetches everything that is due now and returns what happened. Blocks.
    ///
    /// # Errors
    /// [`Failure`] when the machine gives no thread to do it on.
    pub fn settle(&self, keeper: &mut KeyKeeper) -> Result<Vec<Event>, Failure> {
        block_on(async {
            let mut events = Vec::new();
            while let Some(output) = keeper.poll(unix_now()) {
                match output {
                    Output::Event(event) => events.push(event),
                    Output::Request(request) => {
                        let answer = self.keys(&request, unix_now()).await;
                        keeper.respond(request.id, unix_now(), answer);
                    }
                }
            }
            events
        })
    }
}

/// `max-age` of `Cache-Control` (RFC 9111 section 5.2.2.1).
fn max_age(answer: &Answer) -> Option<u64> {
    answer.header(CACHE_CONTROL)?.split(',').find_map(|directive| {
        let (name, value) = directive.trim().split_once('=')?;
        name.eq_ignore_ascii_case("max-age").then(|| value.trim_matches('"').parse().ok())?
    })
}
