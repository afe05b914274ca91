//! What a proxy knows, and how its host calls fail.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use vicar_envoy_filter::host::{LogLevel, NO_VERSION, Status};

use crate::signatures;

/// A world that machines share.
pub type Handle = Rc<RefCell<World>>;

/// Header fields in order.
pub type FieldList = Vec<(Vec<u8>, Vec<u8>)>;

/// Values that workers share, with their versions.
pub type Shared = Rc<RefCell<BTreeMap<String, (Vec<u8>, u32)>>>;

/// Which host calls fail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Failure {
    /// All.
    All(Status),
    /// The call that is the so-manieth from now, counted from 0.
    At(u64, Status),
    /// Those of one name.
    Named(&'static str, Status),
    /// None.
    #[default]
    Nothing,
    /// One in so many, by a sequence of its own.
    Sometimes(u64, Status),
}

/// One HTTP exchange.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// The request's header fields.
    pub request: FieldList,
    /// What is buffered of its body.
    pub body: Vec<u8>,
    /// The response's header fields.
    pub response: FieldList,
    /// What is at hand of its body.
    pub response_body: Vec<u8>,
    /// Filter state.
    pub state: BTreeMap<String, Vec<u8>>,
    /// The answer in the upstream's place. Of several, proxies send the first.
    pub reply: Option<Reply>,
    /// Whether the request was let go on.
    pub resumed: bool,
    /// Whether the response's body is held for the filter: no more of it is sent.
    pub holds_response: bool,
}

/// A local reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Status code.
    pub status: u32,
    /// Response code details.
    pub details: String,
    /// Header fields.
    pub headers: FieldList,
    /// Body.
    pub body: Vec<u8>,
}

/// A call to a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its number.
    pub id: u32,
    /// The context that gets its answer.
    pub context: u32,
    /// The cluster.
    pub cluster: String,
    /// `:path`.
    pub path: String,
}

/// What a proxy knows.
#[derive(Debug)]
pub struct World {
    /// The clock, nanoseconds since the epoch.
    pub now: u64,
    /// The context that host calls refer to.
    pub context: u32,
    /// Whether the trailers of a response are being handed over: what was sent of its body is gone.
    pub response_trailers: bool,
    /// The period of ticks, in milliseconds.
    pub tick_milliseconds: u32,
    /// Exchanges by context.
    pub exchanges: BTreeMap<u32, Exchange>,
    /// The plugin's configuration.
    pub configuration: Vec<u8>,
    /// Properties by path, its parts joined by NUL.
    pub properties: BTreeMap<String, Vec<u8>>,
    /// Values that workers share.
    pub shared: Shared,
    /// Clusters that exist.
    pub clusters: Vec<String>,
    /// Calls under way.
    pub calls: Vec<Sent>,
    /// The answer being handed over.
    pub answer: (FieldList, Vec<u8>),
    /// Whether `verify_signature` is there.
    pub verifies: bool,
    /// Log lines.
    pub log: Vec<(LogLevel, String)>,
    /// Metrics by name.
    pub metrics: BTreeMap<String, u64>,
    /// Names of the metrics, by their numbers.
    pub metric_names: Vec<String>,
    /// Which calls fail.
    pub failure: Failure,
    /// Host calls made so far.
    pub made: u64,
    next_call: u32,
    sequence: u64,
}

impl World {
    /// A world at this time, in seconds.
    pub fn new(seconds: u64) -> Self {
        Self {
            now: seconds.saturating_mul(1_000_000_000),
            context: 0,
            response_trailers: false,
            tick_milliseconds: 0,
            exchanges: BTreeMap::new(),
            configuration: Vec::new(),
            properties: BTreeMap::new(),
            shared: Shared::default(),
            clusters: Vec::new(),
            calls: Vec::new(),
            answer: (Vec::new(), Vec::new()),
            verifies: true,
            log: Vec::new(),
            metrics: BTreeMap::new(),
            metric_names: Vec::new(),
            failure: Failure::Nothing,
            made: 0,
            next_call: 1,
            sequence: 0,
        }
    }

    /// The exchange of a context.
    pub fn exchange(&mut self, context: u32) -> &mut Exchange {
        self.exchanges.entry(context).or_default()
    }

    /// Counts a host call, and lets it fail where the script says so.
    pub(crate) fn enter(&mut self, name: &str) -> Result<(), Status> {
        self.made += 1;
        match &mut self.failure {
            Failure::Nothing => Ok(()),
            Failure::All(status) => Err(*status),
            Failure::Named(failing, status) if *failing == name => Err(*status),
            Failure::Named(..) => Ok(()),
            Failure::At(0, status) => {
                let status = *status;
                self.failure = Failure::Nothing;
                Err(status)
            }
            Failure::At(left, _) => {
                *left -= 1;
                Ok(())
            }
            Failure::Sometimes(one_in, status) => {
                // Knuth's MMIX generator; its high bits.
                self.sequence = self
                    .sequence
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                match (self.sequence >> 33).checked_rem(*one_in) {
                    Some(0) => Err(*status),
                    _ => Ok(()),
                }
            }
        }
    }

    pub(crate) fn log(&mut self, level: LogLevel, message: String) -> Result<(), Status> {
        self.enter("proxy_log")?;
        self.log.push((level, message));
        Ok(())
    }

    pub(crate) fn effective(&mut self, context: u32) -> Result<(), Status> {
        self.enter("proxy_set_effective_context")?;
        self.context = context;
        Ok(())
    }

    pub(crate) fn set_tick_period(&mut self, milliseconds: u32) -> Result<(), Status> {
        self.enter("proxy_set_tick_period_milliseconds")?;
        self.tick_milliseconds = milliseconds;
        Ok(())
    }

    pub(crate) fn time(&mut self) -> Result<u64, Status> {
        self.enter("proxy_get_current_time_nanoseconds")?;
        Ok(self.now)
    }

    /// The fields of a map by its number in the ABI.
    fn map(&mut self, map: u32) -> Result<&mut FieldList, Status> {
        let context = self.context;
        match map {
            0 => Ok(&mut self.exchange(context).request),
            2 => Ok(&mut self.exchange(context).response),
            6 => Ok(&mut self.answer.0),
            _ => Err(Status::BadArgument),
        }
    }

    pub(crate) fn fields(&mut self, map: u32) -> Result<FieldList, Status> {
        self.enter("proxy_get_header_map_pairs")?;
        Ok(self.map(map)?.clone())
    }

    pub(crate) fn field(&mut self, map: u32, name: &[u8]) -> Result<Vec<u8>, Status> {
        self.enter("proxy_get_header_map_value")?;
        let found = self.map(map)?.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).ok_or(Status::NotFound)
    }

    pub(crate) fn set_field(&mut self, map: u32, name: &[u8], value: &[u8]) -> Result<(), Status> {
        self.enter("proxy_replace_header_map_value")?;
        let fields = self.map(map)?;
        fields.retain(|(known, _)| known != name);
        fields.push((name.to_vec(), value.to_vec()));
        Ok(())
    }

    pub(crate) fn remove_field(&mut self, map: u32, name: &[u8]) -> Result<(), Status> {
        self.enter("proxy_remove_header_map_value")?;
        self.map(map)?.retain(|(known, _)| known != name);
        Ok(())
    }

    fn buffer_mut(&mut self, which: u32) -> Result<&mut Vec<u8>, Status> {
        let context = self.context;
        match which {
            0 => Ok(&mut self.exchange(context).body),
            // As Envoy does it: what was streamed is no longer there to be read or replaced.
            1 if self.response_trailers && !self.exchange(context).holds_response => {
                Err(Status::BadArgument)
            }
            1 => Ok(&mut self.exchange(context).response_body),
            4 => Ok(&mut self.answer.1),
            7 => Ok(&mut self.configuration),
            _ => Err(Status::BadArgument),
        }
    }

    pub(crate) fn buffer(
        &mut self,
        which: u32,
        start: usize,
        most: usize,
    ) -> Result<Vec<u8>, Status> {
        self.enter("proxy_get_buffer_bytes")?;
        let bytes = self.buffer_mut(which)?;
        let rest = bytes.get(start..).ok_or(Status::BadArgument)?;
        Ok(rest.get(..most.min(rest.len())).unwrap_or(rest).to_vec())
    }

    pub(crate) fn replace_buffer(&mut self, which: u32, bytes: &[u8]) -> Result<(), Status> {
        self.enter("proxy_set_buffer_bytes")?;
        *self.buffer_mut(which)? = bytes.to_vec();
        Ok(())
    }

    pub(crate) fn property(&mut self, path: &str) -> Result<Vec<u8>, Status> {
        self.enter("proxy_get_property")?;
        self.properties.get(path).cloned().ok_or(Status::NotFound)
    }

    pub(crate) fn set_property(&mut self, name: String, value: &[u8]) -> Result<(), Status> {
        self.enter("proxy_set_property")?;
        let context = self.context;
        self.exchange(context).state.insert(name, value.to_vec());
        Ok(())
    }

    pub(crate) fn reply(&mut self, reply: Reply) -> Result<(), Status> {
        self.enter("proxy_send_local_response")?;
        let context = self.context;
        self.exchange(context).reply.get_or_insert(reply);
        Ok(())
    }

    pub(crate) fn resume(&mut self, direction: u32) -> Result<(), Status> {
        self.enter("proxy_continue_stream")?;
        let context = self.context;
        self.exchange(context).resumed |= direction == 0;
        Ok(())
    }

    pub(crate) fn send(&mut self, cluster: String, path: String) -> Result<u32, Status> {
        self.enter("proxy_http_call")?;
        if !self.clusters.contains(&cluster) {
            return Err(Status::BadArgument);
        }
        let id = self.next_call;
        self.next_call += 1;
        self.calls.push(Sent { id, context: self.context, cluster, path });
        Ok(id)
    }

    pub(crate) fn shared(&mut self, key: &str) -> Result<(Vec<u8>, u32), Status> {
        self.enter("proxy_get_shared_data")?;
        self.shared.borrow().get(key).cloned().ok_or(Status::NotFound)
    }

    /// As the proxies do it: an absent value is written whatever the version.
    pub(crate) fn set_shared(
        &mut self,
        key: String,
        value: &[u8],
        version: u32,
    ) -> Result<(), Status> {
        self.enter("proxy_set_shared_data")?;
        let mut shared = self.shared.borrow_mut();
        let known = shared.get(&key).map(|(_, known)| *known);
        if version != 0 && known.is_some_and(|known| known != version) {
            return Err(Status::CasMismatch);
        }
        let next = known.map_or(1, |known| known.wrapping_add(1)).min(NO_VERSION - 1);
        shared.insert(key, (value.to_vec(), next));
        Ok(())
    }

    pub(crate) fn define(&mut self, name: String) -> Result<u32, Status> {
        self.enter("proxy_define_metric")?;
        let place = self.metric_names.iter().position(|known| *known == name);
        let place = place.unwrap_or_else(|| {
            self.metric_names.push(name);
            self.metric_names.len() - 1
        });
        u32::try_from(place).map_err(|_| Status::InternalFailure)
    }

    pub(crate) fn measure(&mut self, metric: u32, value: u64, adds: bool) -> Result<(), Status> {
        self.enter(if adds { "proxy_increment_metric" } else { "proxy_record_metric" })?;
        let place = usize::try_from(metric).map_err(|_| Status::BadArgument)?;
        let name = self.metric_names.get(place).ok_or(Status::NotFound)?;
        let level = self.metrics.entry(name.clone()).or_default();
        *level = if adds { level.saturating_add(value) } else { value };
        Ok(())
    }

    pub(crate) fn foreign(&mut self, name: &str, arguments: &[u8]) -> Result<Vec<u8>, Status> {
        self.enter("proxy_call_foreign_function")?;
        match name {
            "verify_signature" if self.verifies => signatures::verify(arguments),
            "declare_property" => Ok(Vec::new()),
            _ => Err(Status::NotFound),
        }
    }
}
