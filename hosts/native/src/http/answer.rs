//! Sends a request and reads the whole answer, within its limits.

use std::time::Duration;

use reqwest::{
    RequestBuilder, Response,
    header::{HeaderMap, USER_AGENT},
};
use vicar_exchange::Carriage;
use vicar_token::UnixSeconds;
use zeroize::Zeroizing;

use super::{AGENT, lost::Lost};

/// A complete answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Zeroizing<Vec<u8>>,
}

/// Sends, and reads at most `max_bytes` until `deadline`.
pub(super) async fn answer(
    request: RequestBuilder,
    max_bytes: usize,
    deadline: UnixSeconds,
    now: UnixSeconds,
) -> Result<Answer, Lost> {
    let time = Duration::from_secs(deadline.saturating_sub(now).max(1));
    let work = async {
        let answer = request.header(USER_AGENT, AGENT).send().await.map_err(|it| Lost::of(&it))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Answer { status, headers, body: read(answer, max_bytes).await? })
    };
    // One limit for all of it: a trickle meets it, too.
    tokio::time::timeout(time, work).await.unwrap_or_else(|_| Err(Carriage::Deadline.into()))
}

async fn read(mut answer: Response, max_bytes: usize) -> Result<Zeroizing<Vec<u8>>, Lost> {
    let stated = answer.content_length();
    let stated = stated.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    if stated.is_some_and(|length| length > max_bytes) {
        return Err(Carriage::TooLarge.into());
    }
    // Never moved while it grows up to this, so that few copies of a token stay behind. No longer
    // than it has to be: all of it is wiped in the end.
    let mut body = Zeroizing::new(Vec::with_capacity(stated.unwrap_or(FIRST_BYTES).min(max_bytes)));
    while let Some(chunk) = answer.chunk().await.map_err(|error| Lost::of(&error))? {
        if body.len().saturating_add(chunk.len()) > max_bytes {
            return Err(Carriage::TooLarge.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl Answer {
    /// A header that is text.
    pub(super) fn header(&self, name: reqwest::header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

const FIRST_BYTES: usize = 128 * 1024;
