//! Envoy's admin interface.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{Failure, client::Request};

/// The admin interface of one Envoy.
#[derive(Clone, Copy, Debug)]
pub struct Admin {
    address: SocketAddr,
}

impl Admin {
    /// The interface at this address.
    pub const fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether Envoy says that it serves.
    pub fn is_live(&self) -> bool {
        Request::get("/ready").send(self.address).is_ok_and(|response| response.status == 200)
    }

    /// The text of an admin page.
    ///
    /// # Errors
    /// [`Failure`] when there is no answer, or another than 200.
    pub fn page(&self, path: &str) -> Result<String, Failure> {
        let response = Request::get(path).send(self.address)?;
        if response.status == 200 {
            Ok(response.text())
        } else {
            Err(Failure::Answer { what: path.to_owned(), why: response.text() })
        }
    }

    fn json(&self, path: &str) -> Result<Value, Failure> {
        serde_json::from_str(&self.page(path)?)
            .map_err(|error| Failure::Answer { what: path.to_owned(), why: error.to_string() })
    }

    /// Where the listener of this name listens.
    ///
    /// # Errors
    /// [`Failure`] when there is none.
    pub fn listener(&self, name: &str) -> Result<SocketAddr, Failure> {
        let listeners = self.json("/listeners?format=json")?;
        let found = listeners
            .pointer("/listener_statuses")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .find(|listener| listener.get("name").and_then(Value::as_str) == Some(name))
            .and_then(|listener| listener.pointer("/local_address/socket_address"));
        let port = found.and_then(|address| address.get("port_value")).and_then(Value::as_u64);
        port.and_then(|port| u16::try_from(port).ok())
            .map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
            .ok_or_else(|| Failure::Answer {
                what: format!("listener `{name}`"),
                why: listeners.to_string(),
            })
    }

    /// Counters and gauges whose names hold `part`.
    ///
    /// # Errors
    /// [`Failure`] when Envoy does not answer.
    pub fn statistics(&self, part: &str) -> Result<BTreeMap<String, u64>, Failure> {
        Ok(self
            .page("/stats")?
            .lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| name.contains(part))
            .filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
            .collect())
    }

    /// A counter or gauge; 0 while it is not there.
    ///
    /// # Errors
    /// [`Failure`] when Envoy does not answer.
    pub fn statistic(&self, name: &str) -> Result<u64, Failure> {
        Ok(self.statistics(name)?.get(name).copied().unwrap_or_default())
    }

    /// Waits until a counter or gauge is at least `wanted`.
    ///
    /// # Errors
    /// [`Failure::Answer`] with the value that it had at last.
    pub fn wait_for(&self, name: &str, wanted: u64, patience: Duration) -> Result<u64, Failure> {
        let begin = Instant::now();
        loop {
            let value = self.statistic(name)?;
            if value >= wanted {
                return Ok(value);
            }
            if begin.elapsed() > patience {
                let why = format!("{value} after {patience:?}, not {wanted}");
                return Err(Failure::Answer { what: name.to_owned(), why });
            }
            sleep(Duration::from_millis(20));
        }
    }

    /// Bytes that Envoy has allocated for itself.
    ///
    /// # Errors
    /// [`Failure`] when Envoy does not answer.
    pub fn allocated_bytes(&self) -> Result<u64, Failure> {
        self.statistic("server.memory_allocated")
    }
}
