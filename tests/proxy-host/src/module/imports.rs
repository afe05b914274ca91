//! The host calls, from the module's memory to the world and back.

use vicar_envoy_filter::{
    host::{LogLevel, Status},
    pairs::{self, FieldBlock},
};
use wasmtime::{Caller, Extern, Linker, Memory, Result, bail};

use crate::{Handle, Reply};

type Guest<'a> = Caller<'a, Handle>;

/// Defines every import of the module.
pub(super) fn define(linker: &mut Linker<Handle>) -> Result<()> {
    texts(linker)?;
    fields(linker)?;
    streams(linker)?;
    shared(linker)
}

fn texts(linker: &mut Linker<Handle>) -> Result<()> {
    linker.func_wrap(
        "env",
        "proxy_log",
        |mut guest: Guest<'_>, level: u32, at: u32, size: u32| {
            let message = String::from_utf8_lossy(&read(&mut guest, at, size)?).into_owned();
            let level = match level {
                0 | 1 => LogLevel::Debug,
                2 => LogLevel::Info,
                3 => LogLevel::Warn,
                _ => LogLevel::Error,
            };
            Ok(number(guest.data().borrow_mut().log(level, message)))
        },
    )?;
    linker.func_wrap("env", "proxy_get_log_level", |mut guest: Guest<'_>, to: u32| {
        let entered = guest.data().borrow_mut().enter("proxy_get_log_level");
        match entered {
            Ok(()) => put(&mut guest, to, &2_u32.to_le_bytes()).map(|()| 0),
            Err(status) => Ok(code(status)),
        }
    })?;
    linker.func_wrap(
        "env",
        "proxy_get_current_time_nanoseconds",
        |mut guest: Guest<'_>, to: u32| {
            let time = guest.data().borrow_mut().time();
            match time {
                Ok(time) => put(&mut guest, to, &time.to_le_bytes()).map(|()| 0),
                Err(status) => Ok(code(status)),
            }
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_set_tick_period_milliseconds",
        |guest: Guest<'_>, period: u32| number(guest.data().borrow_mut().set_tick_period(period)),
    )?;
    linker.func_wrap(
        "env",
        "proxy_call_foreign_function",
        |mut guest: Guest<'_>, name: u32, length: u32, at: u32, size: u32, to: u32, count: u32| {
            let name = text(&mut guest, name, length)?;
            let arguments = read(&mut guest, at, size)?;
            let answer = guest.data().borrow_mut().foreign(&name, &arguments);
            give(&mut guest, answer, to, count)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_define_metric",
        |mut guest: Guest<'_>, _: u32, at: u32, size: u32, to: u32| {
            let name = text(&mut guest, at, size)?;
            let defined = guest.data().borrow_mut().define(name);
            match defined {
                Ok(metric) => put(&mut guest, to, &metric.to_le_bytes()).map(|()| 0),
                Err(status) => Ok(code(status)),
            }
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_increment_metric",
        |guest: Guest<'_>, metric: u32, amount: i64| {
            number(guest.data().borrow_mut().measure(metric, amount.unsigned_abs(), true))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_record_metric",
        |guest: Guest<'_>, metric: u32, value: u64| {
            number(guest.data().borrow_mut().measure(metric, value, false))
        },
    )?;
    Ok(())
}

fn fields(linker: &mut Linker<Handle>) -> Result<()> {
    linker.func_wrap(
        "env",
        "proxy_get_header_map_pairs",
        |mut guest: Guest<'_>, map: u32, to: u32, count: u32| {
            let fields = guest.data().borrow_mut().fields(map);
            let encoded = fields.and_then(|fields| {
                let borrowed: Vec<_> = fields
                    .iter()
                    .map(|(name, value)| (name.as_slice(), value.as_slice()))
                    .collect();
                pairs::encode(&borrowed)
            });
            give(&mut guest, encoded, to, count)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_get_header_map_value",
        |mut guest: Guest<'_>, map: u32, at: u32, size: u32, to: u32, count: u32| {
            let name = read(&mut guest, at, size)?;
            let value = guest.data().borrow_mut().field(map, &name);
            give(&mut guest, value, to, count)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_replace_header_map_value",
        |mut guest: Guest<'_>, map: u32, name: u32, length: u32, at: u32, size: u32| {
            let name = read(&mut guest, name, length)?;
            let value = read(&mut guest, at, size)?;
            Ok(number(guest.data().borrow_mut().set_field(map, &name, &value)))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_remove_header_map_value",
        |mut guest: Guest<'_>, map: u32, at: u32, size: u32| {
            let name = read(&mut guest, at, size)?;
            Ok(number(guest.data().borrow_mut().remove_field(map, &name)))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_get_property",
        |mut guest: Guest<'_>, at: u32, size: u32, to: u32, count: u32| {
            let path = text(&mut guest, at, size)?;
            let value = guest.data().borrow_mut().property(&path);
            give(&mut guest, value, to, count)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_set_property",
        |mut guest: Guest<'_>, name: u32, length: u32, at: u32, size: u32| {
            let name = text(&mut guest, name, length)?;
            let value = read(&mut guest, at, size)?;
            Ok(number(guest.data().borrow_mut().set_property(name, &value)))
        },
    )?;
    Ok(())
}

fn streams(linker: &mut Linker<Handle>) -> Result<()> {
    linker.func_wrap("env", "proxy_set_effective_context", |guest: Guest<'_>, context: u32| {
        number(guest.data().borrow_mut().effective(context))
    })?;
    linker.func_wrap("env", "proxy_continue_stream", |guest: Guest<'_>, direction: u32| {
        number(guest.data().borrow_mut().resume(direction))
    })?;
    linker.func_wrap(
        "env",
        "proxy_get_buffer_bytes",
        |mut guest: Guest<'_>, which: u32, start: u32, most: u32, to: u32, count: u32| {
            let bytes = guest.data().borrow_mut().buffer(which, wide(start)?, wide(most)?);
            give(&mut guest, bytes, to, count)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_set_buffer_bytes",
        |mut guest: Guest<'_>, which: u32, _: u32, _: u32, at: u32, size: u32| {
            let bytes = read(&mut guest, at, size)?;
            Ok(number(guest.data().borrow_mut().replace_buffer(which, &bytes)))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_send_local_response",
        |mut guest: Guest<'_>,
         status: u32,
         details: u32,
         details_size: u32,
         body: u32,
         body_size: u32,
         headers: u32,
         headers_size: u32,
         _: i32| {
            let headers = FieldBlock::decode(read(&mut guest, headers, headers_size)?);
            let Ok(headers) = headers else { bail!("the headers of a reply are not encoded") };
            let reply = Reply {
                status,
                details: text(&mut guest, details, details_size)?,
                headers: headers.iter().map(|(n, v)| (n.to_vec(), v.to_vec())).collect(),
                body: read(&mut guest, body, body_size)?,
            };
            Ok(number(guest.data().borrow_mut().reply(reply)))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_http_call",
        |mut guest: Guest<'_>,
         cluster: u32,
         length: u32,
         headers: u32,
         size: u32,
         _: u32,
         _: u32,
         _: u32,
         _: u32,
         _: u32,
         to: u32| {
            let cluster = text(&mut guest, cluster, length)?;
            let headers = FieldBlock::decode(read(&mut guest, headers, size)?);
            let Ok(headers) = headers else { bail!("the headers of a call are not encoded") };
            let path = headers.iter().find(|(name, _)| *name == b":path");
            let path = path.map(|(_, path)| String::from_utf8_lossy(path).into_owned());
            let sent = guest.data().borrow_mut().send(cluster, path.unwrap_or_default());
            match sent {
                Ok(call) => put(&mut guest, to, &call.to_le_bytes()).map(|()| 0),
                Err(status) => Ok(code(status)),
            }
        },
    )?;
    Ok(())
}

fn shared(linker: &mut Linker<Handle>) -> Result<()> {
    linker.func_wrap(
        "env",
        "proxy_get_shared_data",
        |mut guest: Guest<'_>, at: u32, size: u32, to: u32, count: u32, version: u32| {
            let key = text(&mut guest, at, size)?;
            let value = guest.data().borrow_mut().shared(&key);
            if let Ok((_, known)) = &value {
                put(&mut guest, version, &known.to_le_bytes())?;
            }
            give(&mut guest, value.map(|(bytes, _)| bytes), to, count)
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_set_shared_data",
        |mut guest: Guest<'_>, key: u32, length: u32, at: u32, size: u32, version: u32| {
            let key = text(&mut guest, key, length)?;
            let value = read(&mut guest, at, size)?;
            Ok(number(guest.data().borrow_mut().set_shared(key, &value, version)))
        },
    )?;
    Ok(())
}

fn number(answer: Result<(), Status>) -> u32 {
    answer.map_or_else(code, |()| 0)
}

fn code(status: Status) -> u32 {
    match status {
        Status::NotFound => 1,
        Status::BadArgument => 2,
        Status::SerializationFailure => 3,
        Status::ParseFailure => 4,
        Status::InvalidMemoryAccess => 6,
        Status::Empty => 7,
        Status::CasMismatch => 8,
        Status::InternalFailure => 10,
        Status::Unimplemented => 12,
        Status::Other(other) => other,
    }
}

fn memory(guest: &mut Guest<'_>) -> Result<Memory> {
    match guest.get_export("memory") {
        Some(Extern::Memory(memory)) => Ok(memory),
        _ => bail!("the module exports no memory"),
    }
}

fn read(guest: &mut Guest<'_>, at: u32, size: u32) -> Result<Vec<u8>> {
    let memory = memory(guest)?;
    let (at, size) = (wide(at)?, wide(size)?);
    if size == 0 {
        return Ok(Vec::new());
    }
    match memory.data(&guest).get(at..).and_then(|rest| rest.get(..size)) {
        Some(bytes) => Ok(bytes.to_vec()),
        None => bail!("the module passed {size} bytes at {at}, outside its memory"),
    }
}

fn text(guest: &mut Guest<'_>, at: u32, size: u32) -> Result<String> {
    Ok(String::from_utf8_lossy(&read(guest, at, size)?).into_owned())
}

fn put(guest: &mut Guest<'_>, at: u32, bytes: &[u8]) -> Result<()> {
    let memory = memory(guest)?;
    let at = wide(at)?;
    Ok(memory.write(guest, at, bytes)?)
}

/// Copies an answer into memory that the module allocates, as proxies do.
fn give(
    guest: &mut Guest<'_>,
    answer: Result<Vec<u8>, Status>,
    to: u32,
    count: u32,
) -> Result<u32> {
    let bytes = match answer {
        Ok(bytes) => bytes,
        Err(status) => return Ok(code(status)),
    };
    let size = u32::try_from(bytes.len())?;
    let mut place = 0;
    if size > 0 {
        let Some(Extern::Func(allocate)) = guest.get_export("proxy_on_memory_allocate") else {
            bail!("the module exports no `proxy_on_memory_allocate`")
        };
        place = allocate.typed::<u32, u32>(&guest)?.call(&mut *guest, size)?;
        if place == 0 {
            return Ok(code(Status::InvalidMemoryAccess));
        }
        put(guest, place, &bytes)?;
    }
    put(guest, to, &place.to_le_bytes())?;
    put(guest, count, &size.to_le_bytes())?;
    Ok(0)
}

fn wide(number: u32) -> Result<usize> {
    Ok(usize::try_from(number)?)
}
