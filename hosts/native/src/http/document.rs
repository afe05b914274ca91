//! Documents that are read once: what a cluster and an issuer say of themselves, and whether a
//! token endpoint is there.

use reqwest::{
    RequestBuilder,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderValue},
};
use vicar_exchange::Secret;
use vicar_keys::{Address, FetchFailure};

use super::{Carrier, answer::answer, unix_now};

/// An answer, whatever its status; a redirect is an answer like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The status.
    pub status: u16,
    /// `Date`, as written.
    pub date: Option<String>,
    /// The content.
    pub body: Vec<u8>,
}

impl Carrier {
    /// Fetches a document, with a bearer token where the server wants one.
    ///
    /// # Errors
    /// [`FetchFailure`] when there is no complete answer within ten seconds.
    pub async fn document(
        &self,
        address: &Address,
        bearer: Option<&Secret>,
    ) -> Result<Document, FetchFailure> {
        let mut request = self.client.get(address.as_str());
        if let Some(token) = bearer {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
                .map_err(|_| FetchFailure::Forbidden("the token holds what no header may"))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        document(request).await
    }

    /// Sends an empty form: what answers with an OAuth error is a token endpoint (RFC 6749 section
    /// 5.2). Nothing is asked for, so nothing is given.
    ///
    /// # Errors
    /// [`FetchFailure`] when there is no complete answer within ten seconds.
    pub async fn empty_form(&self, address: &Address) -> Result<Document, FetchFailure> {
        document(self.client.post(address.as_str()).header(CONTENT_TYPE, FORM).body("")).await
    }
}

async fn document(request: RequestBuilder) -> Result<Document, FetchFailure> {
    let now = unix_now();
    let request = request.header(ACCEPT, "application/json");
    let answer = answer(request, LARGEST, now.saturating_add(TIME), now)
        .await
        .map_err(|lost| lost.into_fetch_failure(LARGEST))?;
    let date = answer.header(DATE).map(str::to_owned);
    Ok(Document { status: answer.status, date, body: answer.body.to_vec() })
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Seconds.
const TIME: u64 = 10;

/// As much as a key set may have.
const LARGEST: usize = 256 * 1024;
