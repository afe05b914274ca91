//! The filter's logic without the ABI.

use vicar_envoy_filter::{
    Action, Filter,
    host::{
        Buffer, CallId, Direction, Fetch, Fields, LocalReply, LogLevel, MetricId, MetricKind,
        ProxyHost, Status,
    },
    pairs::{self, FieldBlock},
};

use crate::{Handle, Machine, Reply, machine::Trap};

/// A proxy's host calls, answered by a world.
#[derive(Clone, Debug)]
pub struct Scripted(Handle);

/// The filter's logic in a world.
pub struct Native {
    filter: Filter<Scripted>,
    world: Handle,
}

impl Native {
    /// A machine in `world`.
    pub fn new(world: Handle) -> Self {
        Self { filter: Filter::new(Scripted(world.clone())), world }
    }

    fn enter(&self, context: u32) {
        self.world.borrow_mut().context = context;
    }
}

impl Machine for Native {
    fn world(&self) -> &Handle {
        &self.world
    }

    fn create(&mut self, context: u32, parent: u32) -> Result<(), Trap> {
        self.enter(context);
        self.filter.created(context, parent);
        Ok(())
    }

    fn configure(&mut self, context: u32) -> Result<bool, Trap> {
        self.enter(context);
        Ok(self.filter.configured(context))
    }

    fn tick(&mut self, context: u32) -> Result<(), Trap> {
        self.enter(context);
        self.filter.ticked(context);
        Ok(())
    }

    fn request_headers(&mut self, context: u32, end: bool) -> Result<Action, Trap> {
        self.enter(context);
        Ok(self.filter.request_headers(context, end))
    }

    fn request_body(&mut self, context: u32, size: usize, end: bool) -> Result<Action, Trap> {
        self.enter(context);
        Ok(self.filter.request_body(context, size, end))
    }

    fn request_trailers(&mut self, context: u32) -> Result<Action, Trap> {
        self.enter(context);
        Ok(self.filter.request_trailers(context))
    }

    fn response_headers(&mut self, context: u32, end: bool) -> Result<Action, Trap> {
        self.enter(context);
        Ok(self.filter.response_headers(context, end))
    }

    fn response_body(&mut self, context: u32, size: usize, end: bool) -> Result<Action, Trap> {
        self.enter(context);
        let action = self.filter.response_body(context, size, end);
        self.world.borrow_mut().exchange(context).holds_response = action == Action::Pause;
        Ok(action)
    }

    fn response_trailers(&mut self, context: u32) -> Result<Action, Trap> {
        self.enter(context);
        self.world.borrow_mut().response_trailers = true;
        let action = self.filter.response_trailers(context);
        self.world.borrow_mut().response_trailers = false;
        Ok(action)
    }

    fn answer(&mut self, context: u32, call: u32, fields: usize, size: usize) -> Result<(), Trap> {
        self.enter(context);
        self.filter.call_answered(context, CallId(call), fields, size);
        Ok(())
    }

    fn end(&mut self, context: u32) -> Result<(), Trap> {
        self.enter(context);
        self.filter.done(context);
        self.filter.deleted(context);
        Ok(())
    }
}

impl ProxyHost for Scripted {
    fn log(&self, level: LogLevel, message: &str) {
        let _ = self.0.borrow_mut().log(level, message.to_owned());
    }

    fn log_level(&self) -> Result<LogLevel, Status> {
        self.0.borrow_mut().enter("proxy_get_log_level")?;
        Ok(LogLevel::Info)
    }

    fn now_nanoseconds(&self) -> Result<u64, Status> {
        self.0.borrow_mut().time()
    }

    fn set_tick_period(&self, milliseconds: u32) -> Result<(), Status> {
        self.0.borrow_mut().set_tick_period(milliseconds)
    }

    fn set_effective_context(&self, context: u32) -> Result<(), Status> {
        self.0.borrow_mut().effective(context)
    }

    fn fields(&self, of: Fields) -> Result<FieldBlock, Status> {
        let fields = self.0.borrow_mut().fields(of as u32)?;
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| (name.as_slice(), value.as_slice())).collect();
        FieldBlock::decode(pairs::encode(&fields)?)
    }

    fn field(&self, of: Fields, name: &str) -> Result<Option<Vec<u8>>, Status> {
        found(self.0.borrow_mut().field(of as u32, name.as_bytes()))
    }

    fn set_field(&self, of: Fields, name: &str, value: &[u8]) -> Result<(), Status> {
        self.0.borrow_mut().set_field(of as u32, name.as_bytes(), value)
    }

    fn remove_field(&self, of: Fields, name: &[u8]) -> Result<(), Status> {
        self.0.borrow_mut().remove_field(of as u32, name)
    }

    fn buffer(&self, which: Buffer, most: usize) -> Result<Vec<u8>, Status> {
        self.0.borrow_mut().buffer(which as u32, 0, most)
    }

    fn replace_buffer(&self, which: Buffer, bytes: &[u8]) -> Result<(), Status> {
        self.0.borrow_mut().replace_buffer(which as u32, bytes)
    }

    fn property(&self, path: &[&str]) -> Result<Option<Vec<u8>>, Status> {
        found(self.0.borrow_mut().property(&path.join("\0")))
    }

    fn set_filter_state(&self, name: &str, value: &[u8]) -> Result<(), Status> {
        self.0.borrow_mut().set_property(name.to_owned(), value)
    }

    fn reply(&self, reply: &LocalReply<'_>) -> Result<(), Status> {
        let field =
            |(name, value): &(&str, &str)| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        self.0.borrow_mut().reply(Reply {
            status: reply.status.into(),
            details: reply.details.to_owned(),
            headers: reply.headers.iter().map(field).collect(),
            body: reply.body.to_vec(),
        })
    }

    fn resume(&self, direction: Direction) -> Result<(), Status> {
        self.0.borrow_mut().resume(direction as u32)
    }

    fn fetch(&self, fetch: &Fetch<'_>) -> Result<CallId, Status> {
        self.0.borrow_mut().send(fetch.cluster.to_owned(), fetch.path.to_owned()).map(CallId)
    }

    fn shared(&self, key: &str) -> Result<Option<(Vec<u8>, u32)>, Status> {
        found(self.0.borrow_mut().shared(key))
    }

    fn set_shared(&self, key: &str, value: &[u8], version: u32) -> Result<(), Status> {
        self.0.borrow_mut().set_shared(key.to_owned(), value, version)
    }

    fn define_metric(&self, _: MetricKind, name: &str) -> Result<MetricId, Status> {
        self.0.borrow_mut().define(name.to_owned()).map(MetricId)
    }

    fn add_to_metric(&self, metric: MetricId, amount: i64) -> Result<(), Status> {
        self.0.borrow_mut().measure(metric.0, amount.unsigned_abs(), true)
    }

    fn record_metric(&self, metric: MetricId, value: u64) -> Result<(), Status> {
        self.0.borrow_mut().measure(metric.0, value, false)
    }

    fn call_foreign(&self, function: &str, arguments: &[u8]) -> Result<Vec<u8>, Status> {
        self.0.borrow_mut().foreign(function, arguments)
    }
}

fn found<T>(answer: Result<T, Status>) -> Result<Option<T>, Status> {
    match answer {
        Err(Status::NotFound) => Ok(None),
        other => other.map(Some),
    }
}
