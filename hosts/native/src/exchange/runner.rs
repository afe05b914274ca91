//! Carries out what an exchange asks for, until it ends.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::rand;
use tokio::io::AsyncReadExt;
use vicar_exchange::{Event, Secret, Spec, reason};

use super::{Carrier, Errand, Exchanger, Granted, Refused, SigningKeys, Step};
use crate::http::unix_now;

/// Runs exchanges on this machine's network, files and keys.
#[derive(Clone, Debug)]
pub struct Runner {
    carrier: Carrier,
    keys: Arc<SigningKeys>,
}

impl Runner {
    /// A runner with the private keys of certificate credentials.
    pub const fn new(carrier: Carrier, keys: Arc<SigningKeys>) -> Self {
        Self { carrier, keys }
    }

    /// Runs one exchange to its end.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn run(
        &self,
        exchanger: &dyn Exchanger,
        spec: Spec,
    ) -> Result<Granted, Box<Refused>> {
        let mut seed = [0; 32];
        rand::fill(&mut seed).map_err(|_| no_randomness())?;
        let (mut exchange, mut step) = exchanger.start(spec, seed, unix_now())?;
        loop {
            let errand = match step {
                Step::Do(errand) => errand,
                Step::Done(granted) => return Ok(*granted),
                Step::Failed(refused) => return Err(refused),
            };
            let event = self.carry_out(errand).await;
            step = exchange.resume(event, unix_now());
        }
    }

    async fn carry_out(&self, errand: Errand) -> Event {
        match errand {
            Errand::ReadAssertion { file } => Event::Assertion(read_assertion(&file).await),
            Errand::Send(request) => {
                Event::Response(self.carrier.carry(&request, unix_now()).await)
            }
            Errand::Sign { key, input } => Event::Signature(self.keys.sign(&key, input.as_bytes())),
            Errand::Wait { until } => {
                let pause = until.saturating_sub(unix_now()).min(LONGEST_PAUSE);
                tokio::time::sleep(Duration::from_secs(pause.max(1))).await;
                Event::Woken
            }
        }
    }
}

/// The whole file, without white space around it; `None` when it cannot be read or is larger than
/// any token.
async fn read_assertion(path: &str) -> Option<Secret> {
    let file = tokio::fs::File::open(path).await.ok()?;
    let mut text = String::with_capacity(8 * 1024);
    let read = file.take(MOST_ASSERTION + 1).read_to_string(&mut text).await.ok()?;
    let text = zeroize::Zeroizing::new(text);
    let fits = u64::try_from(read).is_ok_and(|read| read <= MOST_ASSERTION);
    fits.then(|| Secret::from(text.trim()))
}

fn no_randomness() -> Box<Refused> {
    Box::new(Refused {
        reason: reason::CREDENTIAL_UNAVAILABLE,
        message: "this machine gives no random numbers".to_owned(),
        remedy: "look at the machine's random number generator".to_owned(),
        challenge: None,
        retry_at: None,
        token_service: None,
    })
}

const MOST_ASSERTION: u64 = 64 * 1024;
const LONGEST_PAUSE: u64 = 60;
