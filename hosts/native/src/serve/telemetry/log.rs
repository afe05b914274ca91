//! One line of JSON for each event, with the ids of the trace that it belongs to.

use std::fmt;

use serde::{Serializer as _, ser::SerializeMap as _};
use tracing::{Event, Subscriber};
use tracing_serde::{AsSerde as _, SerdeMapVisitor};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
    registry::LookupSpan,
};

use super::propagation;

/// `timestamp`, `level`, the event's own members, `target`, and `trace_id` and `span_id` where
/// there is a trace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let line = json(&time, event).map_err(|_| fmt::Error)?;
        writeln!(writer, "{}", String::from_utf8(line).map_err(|_| fmt::Error)?)
    }
}

fn json(time: &str, event: &Event<'_>) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = Vec::with_capacity(USUAL_LENGTH);
    let mut serializer = serde_json::Serializer::new(&mut line);
    let mut members = serializer.serialize_map(None)?;
    members.serialize_entry("timestamp", time)?;
    members.serialize_entry("level", &event.metadata().level().as_serde())?;
    let mut visitor = SerdeMapVisitor::new(members);
    event.record(&mut visitor);
    let mut members = visitor.take_serializer()?;
    members.serialize_entry("target", event.metadata().target())?;
    if let Some((trace, span)) = propagation::ids() {
        members.serialize_entry("trace_id", &trace)?;
        members.serialize_entry("span_id", &span)?;
    }
    members.end()?;
    Ok(line)
}

const USUAL_LENGTH: usize = 256;
