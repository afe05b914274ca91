//! The issuers' keys: `vicar-keys` carried by the proxy's HTTP calls, its clock and the data its
//! workers share.
//!
//! One worker fetches: it takes a lease in the shared record (compare and swap), fetches, and
//! leaves the document there as it came. The others read the record with every tick. A worker
//! that dies with a lease loses it after the attempt's time. Calls are sent from ticks and from
//! requests only, never while a configuration is being tried out: the proxy does that in machines
//! that it drops at once, with their calls.

mod record;
mod response;
mod source;

use std::collections::BTreeMap;

use vicar_bundle::Bundle;
use vicar_keys::{
    Address, Delivery, Event, FetchFailure, KeyKeeper, KeyState, Limits, Lookup, Request,
};
use vicar_token::UnixSeconds;

use crate::{
    configuration::{Configuration, ConfigurationError},
    contexts::Contexts,
    host::{CallId, Fetch, LogLevel, NO_VERSION, ProxyHost, Status},
};
use record::Record;
pub(crate) use response::read_response;
use source::{Carriage, watched};

/// The keys of every issuer that the configuration gives or fetches.
#[derive(Debug)]
pub(crate) struct Keys {
    keeper: KeyKeeper,
    carriages: BTreeMap<String, Carriage>,
    /// Requests of the keeper that nobody carries yet, by issuer.
    pending: Vec<Request>,
    calls: Contexts<Request>,
    /// Issuers whose lease this worker holds.
    leading: Vec<String>,
    /// Version of the shared record that was read last, and when, by issuer.
    read: BTreeMap<String, (u32, UnixSeconds)>,
}

/// What a request that lacks a key can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prospect {
    /// Keys changed just now: judge again.
    Retry,
    /// A fetch is under way.
    Wait,
    /// No fetch will help soon.
    None,
}

impl Keys {
    /// Begins to watch what the bundle's issuers need. Nothing is sent yet.
    pub(crate) fn new(
        bundle: &Bundle,
        configuration: &Configuration,
        now: UnixSeconds,
        seed: u64,
    ) -> Result<Self, ConfigurationError> {
        let sources = watched(bundle, &configuration.keys)?;
        let slowest = sources
            .iter()
            .filter_map(|source| source.carriage.as_ref())
            .map(|carriage| carriage.seconds())
            .max()
            .unwrap_or(1);
        let mut limits = Limits::default();
        if let Some(refresh) = configuration.key_times.refresh_seconds {
            limits.refresh = refresh;
            limits.shortest_refresh = limits.shortest_refresh.min(refresh);
        }
        if let Some(oldest) = configuration.key_times.oldest_seconds {
            limits.oldest = oldest;
        }
        // Room for another worker's attempt, and for one of our own when that worker is gone.
        limits.request_time = slowest.saturating_mul(2).saturating_add(5);
        let mut keeper = KeyKeeper::new(limits, seed)
            .map_err(|error| ConfigurationError::rule("key_times", error))?;
        let mut carriages = BTreeMap::new();
        for source in sources {
            keeper.watch(&source.issuer, source.source, now).map_err(|error| {
                ConfigurationError::rule(format!("keys.{}", source.issuer), error)
            })?;
            carriages.extend(source.carriage.map(|carriage| (source.issuer, carriage)));
        }
        Ok(Self {
            keeper,
            carriages,
            pending: Vec::new(),
            calls: Contexts::new(),
            leading: Vec::new(),
            read: BTreeMap::new(),
        })
    }

    /// Reads what other workers fetched; what follows from it.
    pub(crate) fn learn(&mut self, host: &impl ProxyHost, now: UnixSeconds) -> Vec<Event> {
        let issuers: Vec<String> = self.carriages.keys().cloned().collect();
        for issuer in issuers {
            self.learn_one(host, &issuer, now);
        }
        self.events(host, now)
    }

    /// Does what is due: learns, and sends what this worker has to send.
    pub(crate) fn drive(&mut self, host: &impl ProxyHost, now: UnixSeconds) -> Vec<Event> {
        let mut events = self.learn(host, now);
        for _ in 0..ROUNDS {
            if !self.carry(host, now) {
                break;
            }
            events.extend(self.events(host, now));
        }
        self.calls.retain(|request| request.deadline.saturating_add(FORGOTTEN) > now);
        events
    }

    /// Takes the answer to a call of ours; whether it was one.
    pub(crate) fn respond(
        &mut self,
        host: &impl ProxyHost,
        call: CallId,
        fields: usize,
        length: usize,
        now: UnixSeconds,
    ) -> bool {
        let Some(request) = self.calls.remove(call.0) else { return false };
        let answer = read_response(host, fields, length, request.max_bytes);
        self.keeper.respond(request.id, now, answer) == Delivery::Taken
    }

    /// What a request can hope for whose token names a key that the set lacks.
    pub(crate) fn unknown_key(
        &mut self,
        host: &impl ProxyHost,
        issuer: &str,
        key_id: &str,
        now: UnixSeconds,
    ) -> (Prospect, Vec<Event>) {
        // At most once a second, or a flood of made-up ids would copy the record each time.
        let stale = self.read.get(issuer).is_none_or(|(_, when)| *when != now);
        if stale {
            self.learn_one(host, issuer, now);
            let events = self.events(host, now);
            if events.iter().any(|event| matches!(event, Event::KeysReplaced { .. })) {
                return (Prospect::Retry, events);
            }
        }
        let prospect = match self.keeper.unknown_key(issuer, key_id, now) {
            Lookup::Fetching => Prospect::Wait,
            Lookup::Known | Lookup::Never | Lookup::Refused { .. } => Prospect::None,
        };
        (prospect, Vec::new())
    }

    /// The age of each fetched set in seconds.
    pub(crate) fn ages(&self, now: UnixSeconds) -> impl Iterator<Item = (&str, u64)> {
        self.carriages.keys().filter_map(move |issuer| match self.keeper.state(issuer, now) {
            KeyState::Fresh { age } | KeyState::Stale { age } | KeyState::Expired { age } => {
                Some((issuer.as_str(), age))
            }
            KeyState::Fixed | KeyState::Missing => None,
        })
    }

    /// Whether an issuer has no keys yet, so that ticks should come often.
    pub(crate) fn is_waiting(&self, now: UnixSeconds) -> bool {
        let missing = |issuer: &String| {
            matches!(self.keeper.state(issuer, now), KeyState::Missing | KeyState::Expired { .. })
        };
        !self.pending.is_empty() || self.carriages.keys().any(missing)
    }

    fn learn_one(&mut self, host: &impl ProxyHost, issuer: &str, now: UnixSeconds) {
        let Some(carriage) = self.carriages.get(issuer) else { return };
        let seen = self.read.get(issuer).map(|(version, _)| *version);
        let Ok(Some((bytes, version))) = host.shared(&carriage.shared_key) else {
            self.read.insert(issuer.to_owned(), (NO_VERSION, now));
            return;
        };
        self.read.insert(issuer.to_owned(), (version, now));
        let record = Record::decode(&bytes, now);
        if seen == Some(version) || record.document.is_empty() {
            return;
        }
        match self.keeper.learn(issuer, record.document, record.fetched, now) {
            Ok(Delivery::Taken) => {
                self.pending.retain(|request| request.issuer != issuer);
            }
            Ok(_) => {}
            Err(error) => {
                let message =
                    format!("keys of issuer `{issuer}` in the shared data are refused: {error}");
                host.log(LogLevel::Warn, &message);
            }
        }
    }

    /// Drains the keeper: its requests wait to be carried, its events are told to other workers.
    fn events(&mut self, host: &impl ProxyHost, now: UnixSeconds) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..MOST_OUTPUTS {
            match self.keeper.poll(now) {
                None => break,
                Some(vicar_keys::Output::Event(event)) => {
                    self.publish(host, &event, now);
                    events.push(event);
                }
                Some(vicar_keys::Output::Request(request)) => {
                    self.pending.retain(|pending| pending.issuer != request.issuer);
                    self.pending.push(request);
                }
            }
        }
        events
    }

    /// Sends pending requests, unless another worker is at it; whether the keeper learnt anything.
    fn carry(&mut self, host: &impl ProxyHost, now: UnixSeconds) -> bool {
        let mut learnt = false;
        for request in std::mem::take(&mut self.pending) {
            let issuer = request.issuer.clone();
            if request.deadline <= now {
                continue;
            }
            let Some(carriage) = self.carriages.get(&issuer).cloned() else { continue };
            let turn = if self.leading.contains(&issuer) {
                Turn::Ours
            } else {
                turn(host, &carriage, now)
            };
            let failure = match turn {
                Turn::Theirs => {
                    self.pending.push(request);
                    continue;
                }
                Turn::Failed { seconds } => FetchFailure::Unreachable {
                    detail: format!("another worker asked in vain {seconds} seconds ago"),
                },
                Turn::Ours => {
                    if !self.leading.contains(&issuer) {
                        self.leading.push(issuer);
                    }
                    match send(host, &carriage, &request.address) {
                        Ok(call) => {
                            self.calls.insert(call.0, request);
                            continue;
                        }
                        Err(status) => FetchFailure::Unreachable {
                            detail: format!("cluster `{}`: {status}", carriage.cluster),
                        },
                    }
                }
            };
            self.keeper.respond(request.id, now, Err(failure));
            learnt = true;
        }
        learnt
    }

    /// Ends a lease of ours with its outcome.
    fn publish(&mut self, host: &impl ProxyHost, event: &Event, now: UnixSeconds) {
        let (issuer, document) = match event {
            Event::KeysReplaced { issuer, document, .. } => (issuer, Some(document.to_vec())),
            Event::KeysUnchanged { issuer } => {
                (issuer, self.keeper.keys(issuer, now).map(|document| document.to_vec()))
            }
            Event::FetchFailed { issuer, .. } => (issuer, None),
            _ => return,
        };
        let Some(place) = self.leading.iter().position(|leading| leading == issuer) else { return };
        self.leading.swap_remove(place);
        let Some(carriage) = self.carriages.get(issuer) else { return };
        for _ in 0..ROUNDS {
            let shared = host.shared(&carriage.shared_key).ok().flatten();
            let version = shared.as_ref().map_or(NO_VERSION, |(_, version)| *version);
            let before = shared.map(|(bytes, _)| Record::decode(&bytes, now)).unwrap_or_default();
            let record = match &document {
                Some(document) => {
                    Record { fetched: now, document: document.clone(), ..Record::default() }
                }
                None => Record { failed: now, leased_until: 0, ..before },
            };
            match host.set_shared(&carriage.shared_key, &record.encode(), version) {
                Err(Status::CasMismatch) => {}
                Ok(()) | Err(_) => return,
            }
        }
    }
}

/// Who fetches now.
enum Turn {
    /// Another worker tried a short while ago.
    Failed { seconds: u64 },
    /// This worker, and it holds the lease, or there is nothing to share.
    Ours,
    /// Another worker holds the lease.
    Theirs,
}

fn turn(host: &impl ProxyHost, carriage: &Carriage, now: UnixSeconds) -> Turn {
    let (record, version) = match host.shared(&carriage.shared_key) {
        Ok(Some((bytes, version))) => (Record::decode(&bytes, now), version),
        Ok(None) => (Record::default(), NO_VERSION),
        Err(_) => return Turn::Ours,
    };
    let seconds = now.saturating_sub(record.failed);
    if record.failed > record.fetched && seconds < Limits::default().cool_down {
        return Turn::Failed { seconds };
    }
    if record.leased_until > now {
        return Turn::Theirs;
    }
    let leased_until = now.saturating_add(carriage.seconds()).saturating_add(2);
    let leased = Record { leased_until, ..record };
    match host.set_shared(&carriage.shared_key, &leased.encode(), version) {
        Err(Status::CasMismatch) => Turn::Theirs,
        Ok(()) | Err(_) => Turn::Ours,
    }
}

/// Sends a GET for `address` into the issuer's cluster.
fn send(host: &impl ProxyHost, carriage: &Carriage, address: &Address) -> Result<CallId, Status> {
    send_to(host, &carriage.cluster, address, carriage.timeout_milliseconds)
}

/// Sends a GET for `address` into a cluster.
pub(crate) fn send_to(
    host: &impl ProxyHost,
    cluster: &str,
    address: &Address,
    timeout_milliseconds: u32,
) -> Result<CallId, Status> {
    let (scheme, rest) = address.as_str().split_once("://").ok_or(Status::BadArgument)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at_checked(end).ok_or(Status::BadArgument)?;
    let path = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    host.fetch(&Fetch { cluster, scheme, authority, path: &path, timeout_milliseconds })
}

impl Carriage {
    fn seconds(&self) -> u64 {
        u64::from(self.timeout_milliseconds).div_ceil(1000)
    }
}

/// More than any keeper has to say at once.
const MOST_OUTPUTS: usize = 256;
const ROUNDS: usize = 4;
/// Seconds past its deadline after which a call is forgotten that was never answered.
const FORGOTTEN: u64 = 120;
