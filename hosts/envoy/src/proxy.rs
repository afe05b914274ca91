//! The proxy behind the imports: bytes in, bytes out, every status a value.

#![expect(unsafe_code, reason = "host calls take pointers; each is one line with its reason")]

use std::ptr;

use vicar_envoy_filter::{
    host::{
        Buffer, CallId, Direction, Fetch, Fields, LocalReply, LogLevel, MetricId, MetricKind,
        ProxyHost, Status,
    },
    pairs::{self, FieldBlock},
};

use crate::imports;

/// The proxy that runs the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proxy;

impl ProxyHost for Proxy {
    fn log(&self, level: LogLevel, message: &str) {
        // SAFETY: pointer and length are a live string's.
        let _ = unsafe { imports::proxy_log(level as u32, message.as_ptr(), message.len()) };
    }

    fn log_level(&self) -> Result<LogLevel, Status> {
        let mut level = 0;
        // SAFETY: the host writes one number to a local.
        Status::check(unsafe { imports::proxy_get_log_level(&raw mut level) })?;
        Ok(match level {
            0 | 1 => LogLevel::Debug,
            2 => LogLevel::Info,
            3 => LogLevel::Warn,
            _ => LogLevel::Error,
        })
    }

    fn now_nanoseconds(&self) -> Result<u64, Status> {
        let mut time = 0;
        // SAFETY: the host writes one number to a local.
        Status::check(unsafe { imports::proxy_get_current_time_nanoseconds(&raw mut time) })?;
        Ok(time)
    }

    fn set_tick_period(&self, milliseconds: u32) -> Result<(), Status> {
        // SAFETY: a number only.
        Status::check(unsafe { imports::proxy_set_tick_period_milliseconds(milliseconds) })
    }

    fn set_effective_context(&self, context: u32) -> Result<(), Status> {
        // SAFETY: a number only.
        Status::check(unsafe { imports::proxy_set_effective_context(context) })
    }

    fn fields(&self, of: Fields) -> Result<FieldBlock, Status> {
        let encoded = returned(|data, size| {
            // SAFETY: the host writes pointer and length of what it returns.
            unsafe { imports::proxy_get_header_map_pairs(of as u32, data, size) }
        })?;
        FieldBlock::decode(encoded.unwrap_or_default())
    }

    fn field(&self, of: Fields, name: &str) -> Result<Option<Vec<u8>>, Status> {
        found(returned(|data, size| {
            // SAFETY: `name` is live, and the host writes pointer and length of what it returns.
            unsafe {
                imports::proxy_get_header_map_value(
                    of as u32,
                    name.as_ptr(),
                    name.len(),
                    data,
                    size,
                )
            }
        }))
    }

    fn set_field(&self, of: Fields, name: &str, value: &[u8]) -> Result<(), Status> {
        // SAFETY: pointers and lengths are those of live slices.
        Status::check(unsafe {
            imports::proxy_replace_header_map_value(
                of as u32,
                name.as_ptr(),
                name.len(),
                value.as_ptr(),
                value.len(),
            )
        })
    }

    fn remove_field(&self, of: Fields, name: &[u8]) -> Result<(), Status> {
        // SAFETY: pointer and length are a live slice's.
        Status::check(unsafe {
            imports::proxy_remove_header_map_value(of as u32, name.as_ptr(), name.len())
        })
    }

    fn buffer(&self, which: Buffer, most: usize) -> Result<Vec<u8>, Status> {
        let bytes = found(returned(|data, size| {
            // SAFETY: the host writes pointer and length of what it returns.
            unsafe { imports::proxy_get_buffer_bytes(which as u32, 0, most, data, size) }
        }))?;
        Ok(bytes.unwrap_or_default())
    }

    fn replace_buffer(&self, which: Buffer, bytes: &[u8]) -> Result<(), Status> {
        // SAFETY: pointer and length are a live slice's.
        Status::check(unsafe {
            imports::proxy_set_buffer_bytes(
                which as u32,
                0,
                EVERYTHING,
                bytes.as_ptr(),
                bytes.len(),
            )
        })
    }

    fn property(&self, path: &[&str]) -> Result<Option<Vec<u8>>, Status> {
        let path = path.join("\0");
        found(returned(|data, size| {
            // SAFETY: `path` is live, and the host writes pointer and length of what it returns.
            unsafe { imports::proxy_get_property(path.as_ptr(), path.len(), data, size) }
        }))
    }

    fn set_filter_state(&self, name: &str, value: &[u8]) -> Result<(), Status> {
        // SAFETY: pointers and lengths are those of live slices.
        Status::check(unsafe {
            imports::proxy_set_property(name.as_ptr(), name.len(), value.as_ptr(), value.len())
        })
    }

    fn reply(&self, reply: &LocalReply<'_>) -> Result<(), Status> {
        let headers: Vec<_> =
            reply.headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        let headers = pairs::encode(&headers)?;
        // SAFETY: pointers and lengths are those of live slices.
        Status::check(unsafe {
            imports::proxy_send_local_response(
                u32::from(reply.status),
                reply.details.as_ptr(),
                reply.details.len(),
                reply.body.as_ptr(),
                reply.body.len(),
                headers.as_ptr(),
                headers.len(),
                NO_GRPC_STATUS,
            )
        })
    }

    fn resume(&self, direction: Direction) -> Result<(), Status> {
        // SAFETY: a number only.
        Status::check(unsafe { imports::proxy_continue_stream(direction as u32) })
    }

    fn fetch(&self, fetch: &Fetch<'_>) -> Result<CallId, Status> {
        let headers = pairs::encode(&[
            (b":method", b"GET"),
            (b":scheme", fetch.scheme.as_bytes()),
            (b":authority", fetch.authority.as_bytes()),
            (b":path", fetch.path.as_bytes()),
            (b"accept", b"application/json"),
        ])?;
        let no_trailers = pairs::encode(&[])?;
        let mut call = 0;
        // SAFETY: pointers and lengths are those of live slices; the host writes one number.
        Status::check(unsafe {
            imports::proxy_http_call(
                fetch.cluster.as_ptr(),
                fetch.cluster.len(),
                headers.as_ptr(),
                headers.len(),
                ptr::null(),
                0,
                no_trailers.as_ptr(),
                no_trailers.len(),
                fetch.timeout_milliseconds,
                &raw mut call,
            )
        })?;
        Ok(CallId(call))
    }

    fn shared(&self, key: &str) -> Result<Option<(Vec<u8>, u32)>, Status> {
        let mut version = 0;
        let version_at = &raw mut version;
        let value = returned(|data, size| {
            // SAFETY: `key` is live; the host writes pointer and length of what it returns, and
            // one number.
            unsafe {
                imports::proxy_get_shared_data(key.as_ptr(), key.len(), data, size, version_at)
            }
        });
        match value {
            Ok(value) => Ok(Some((value.unwrap_or_default(), version))),
            Err(Status::NotFound) => Ok(None),
            Err(status) => Err(status),
        }
    }

    fn set_shared(&self, key: &str, value: &[u8], version: u32) -> Result<(), Status> {
        // SAFETY: pointers and lengths are those of live slices.
        Status::check(unsafe {
            imports::proxy_set_shared_data(
                key.as_ptr(),
                key.len(),
                value.as_ptr(),
                value.len(),
                version,
            )
        })
    }

    fn define_metric(&self, kind: MetricKind, name: &str) -> Result<MetricId, Status> {
        let mut metric = 0;
        // SAFETY: pointer and length are a live string's; the host writes one number.
        Status::check(unsafe {
            imports::proxy_define_metric(kind as u32, name.as_ptr(), name.len(), &raw mut metric)
        })?;
        Ok(MetricId(metric))
    }

    fn add_to_metric(&self, metric: MetricId, amount: i64) -> Result<(), Status> {
        // SAFETY: numbers only.
        Status::check(unsafe { imports::proxy_increment_metric(metric.0, amount) })
    }

    fn record_metric(&self, metric: MetricId, value: u64) -> Result<(), Status> {
        // SAFETY: numbers only.
        Status::check(unsafe { imports::proxy_record_metric(metric.0, value) })
    }

    fn call_foreign(&self, function: &str, arguments: &[u8]) -> Result<Vec<u8>, Status> {
        let answer = returned(|data, size| {
            // SAFETY: pointers and lengths are those of live slices; the host writes pointer and
            // length of what it returns.
            unsafe {
                imports::proxy_call_foreign_function(
                    function.as_ptr(),
                    function.len(),
                    arguments.as_ptr(),
                    arguments.len(),
                    data,
                    size,
                )
            }
        })?;
        Ok(answer.unwrap_or_default())
    }
}

/// Runs a host call that returns bytes, and takes them over.
fn returned(call: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> Result<Option<Vec<u8>>, Status> {
    let (mut data, mut size) = (ptr::null_mut(), 0);
    Status::check(call(&raw mut data, &raw mut size))?;
    if data.is_null() || size == 0 {
        return Ok(None);
    }
    // SAFETY: the host got this memory from `proxy_on_memory_allocate`, which made a vector of
    // exactly `size` bytes and gave it away; nobody else owns it.
    Ok(Some(unsafe { Vec::from_raw_parts(data, size, size) }))
}

/// Nothing found, said as a status or as no bytes.
fn found(answer: Result<Option<Vec<u8>>, Status>) -> Result<Option<Vec<u8>>, Status> {
    match answer {
        Err(Status::NotFound | Status::Empty) => Ok(None),
        other => other,
    }
}

/// Memory that the host fills and that a host call's caller then owns.
pub(crate) fn allocate(size: usize) -> *mut u8 {
    let mut memory = Vec::<u8>::new();
    if size == 0 || memory.try_reserve_exact(size).is_err() || memory.capacity() != size {
        return ptr::null_mut();
    }
    memory.resize(size, 0);
    memory.leak().as_mut_ptr()
}

const EVERYTHING: usize = u32::MAX as usize;
const NO_GRPC_STATUS: i32 = -1;
