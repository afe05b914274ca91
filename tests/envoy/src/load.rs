//! Load: keep-alive connections that ask one request after the other.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use http_body_util::BodyExt as _;
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, runtime::Builder, task::JoinSet};

use crate::{Failure, client::Request};

/// What to send.
pub struct Load {
    /// To whom.
    pub address: SocketAddr,
    /// Connections at the same time.
    pub connections: usize,
    /// The requests, in turn: the connections share them out, so that each is sent once before
    /// any is sent again.
    pub requests: Vec<Request>,
    /// When to stop.
    pub until: Until,
    /// When to send.
    pub pace: Pace,
}

/// When load sends its requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Each connection when it has the answer before: as fast as it goes (a closed loop).
    #[default]
    Answered,
    /// So many a second over all connections, whatever the answers take (an open loop). The time
    /// of an answer counts from when its request was due, so what waits behind a slow answer is
    /// counted too. The generator keeps one processor busy to be on time.
    PerSecond(u32),
}

/// When load stops.
#[derive(Clone, Debug)]
pub enum Until {
    /// After this time.
    Elapsed(Duration),
    /// After so many requests.
    Sent(u64),
    /// When somebody sets this.
    Stopped(Arc<AtomicBool>),
}

/// What came of a load.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests without a whole answer, by what went wrong.
    pub errors: BTreeMap<String, u64>,
    /// The time of each answer, sorted.
    pub times: Vec<Duration>,
    /// From the first request to the last answer.
    pub elapsed: Duration,
}

impl Outcome {
    /// All answers.
    pub fn answers(&self) -> u64 {
        self.statuses.values().sum()
    }

    /// Answers a second.
    pub fn throughput(&self) -> f64 {
        self.times.len() as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// The time that this share of the answers took at most.
    pub fn percentile(&self, share: f64) -> Duration {
        let place = ((self.times.len() as f64 * share) as usize).min(self.times.len().max(1) - 1);
        self.times.get(place).copied().unwrap_or_default()
    }

    fn merge(&mut self, other: Self) {
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        for (error, count) in other.errors {
            *self.errors.entry(error).or_default() += count;
        }
        self.times.extend(other.times);
    }
}

impl Load {
    /// Sends it from a thread of its own, one for all connections, and waits for the end.
    ///
    /// # Errors
    /// [`Failure`] when a request is no HTTP or there is no connection at the start.
    pub fn run(self) -> Result<Outcome, Failure> {
        let worker = std::thread::spawn(move || {
            let runtime = Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(Failure::system("make a runtime"))?;
            runtime.block_on(self.send())
        });
        worker.join().unwrap_or_else(|_| {
            Err(Failure::Http { what: "load".to_owned(), why: "its thread panicked".to_owned() })
        })
    }

    async fn send(self) -> Result<Outcome, Failure> {
        let begin = Instant::now();
        let sent = Arc::new(AtomicU64::default());
        let requests = Arc::new(self.requests);
        let mut connections = JoinSet::new();
        for number in 0..self.connections {
            let go_on = going(self.until.clone(), begin, Arc::clone(&sent));
            let requests = Arc::clone(&requests);
            let share = Share { number, of: self.connections, begin, pace: self.pace };
            connections.spawn(one_connection(self.address, requests, share, go_on));
        }
        let mut total = Outcome::default();
        while let Some(outcome) = connections.join_next().await {
            total.merge(outcome.map_err(Failure::http("load"))??);
        }
        total.elapsed = begin.elapsed();
        total.times.sort_unstable();
        Ok(total)
    }
}

/// Whether to send one request more.
fn going(until: Until, begin: Instant, sent: Arc<AtomicU64>) -> impl Fn() -> bool + Send {
    move || {
        let before = sent.fetch_add(1, Ordering::Relaxed);
        match &until {
            Until::Elapsed(time) => begin.elapsed() < *time,
            Until::Sent(count) => before < *count,
            Until::Stopped(stopped) => !stopped.load(Ordering::Relaxed),
        }
    }
}

/// Which of the requests a connection sends.
#[derive(Clone, Copy)]
struct Share {
    number: usize,
    of: usize,
    begin: Instant,
    pace: Pace,
}

impl Share {
    /// Waits until the connection's next request is due, `sent` after the first; when that was.
    async fn due(self, sent: u32) -> Instant {
        let Pace::PerSecond(rate) = self.pace else { return Instant::now() };
        let place = self.number as f64 + f64::from(sent) * self.of as f64;
        let due = self.begin + WARM_UP + Duration::from_secs_f64(place / f64::from(rate.max(1)));
        // The runtime's own timer knows milliseconds only.
        while Instant::now() < due {
            tokio::task::yield_now().await;
        }
        due
    }
}

/// For the connections to be there before anything is due.
const WARM_UP: Duration = Duration::from_millis(50);

async fn one_connection(
    address: SocketAddr,
    requests: Arc<Vec<Request>>,
    share: Share,
    go_on: impl Fn() -> bool + Send,
) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    let mut connection = match share.pace {
        Pace::Answered => None,
        Pace::PerSecond(_) => Some(connect(address).await?),
    };
    let mut sent = 0;
    let mut next = requests.iter().cycle().skip(share.number).step_by(share.of.max(1));
    while go_on() {
        let Some(request) = next.next() else { break };
        let request = request.to_hyper()?;
        let begin = share.due(sent).await;
        sent = sent.saturating_add(1);
        let mut sender = match connection.take() {
            Some(sender) => sender,
            None => connect(address).await?,
        };
        let answer = async {
            sender.ready().await?;
            let response = sender.send_request(request).await?;
            let status = response.status().as_u16();
            let closes = response.headers().get("connection").is_some_and(|v| v == "close");
            response.into_body().collect().await?;
            Ok::<_, hyper::Error>((status, closes))
        };
        match answer.await {
            Ok((status, closes)) => {
                *outcome.statuses.entry(status).or_default() += 1;
                outcome.times.push(begin.elapsed());
                if !closes {
                    connection = Some(sender);
                }
            }
            Err(error) => *outcome.errors.entry(error.to_string()).or_default() += 1,
        }
    }
    Ok(outcome)
}

type Sender = hyper::client::conn::http1::SendRequest<
    http_body_util::combinators::BoxBody<hyper::body::Bytes, std::io::Error>,
>;

async fn connect(address: SocketAddr) -> Result<Sender, Failure> {
    let stream = TcpStream::connect(address).await.map_err(Failure::system("connect"))?;
    let _ = stream.set_nodelay(true);
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(Failure::http("connect"))?;
    tokio::spawn(connection);
    Ok(sender)
}
