//! Faults on demand.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A fault that is played to the next requests it fits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Requests whose path holds this text; all if empty.
    #[serde(default)]
    pub path: String,
    /// How many requests get it; 0 is all until it is taken away.
    #[serde(default = "once")]
    pub times: u64,
    /// What happens.
    #[serde(flatten)]
    pub kind: FaultKind,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// The answer waits.
    Latency {
        /// How long.
        milliseconds: u64,
    },
    /// 429 with `Retry-After`.
    Throttle {
        /// Seconds.
        retry_after: u64,
    },
    /// A 5xx with Entra's JSON.
    ServerError {
        /// HTTP status.
        #[serde(default = "unavailable")]
        status: u16,
    },
    /// The connection closes without an answer.
    Drop,
    /// The real answer stops in the middle and the connection breaks.
    BrokenOff,
    /// A page in HTML, with status 200.
    Html,
    /// A JSON answer of so many bytes.
    Huge {
        /// How many.
        bytes: u64,
    },
    /// An answer that never ends.
    Endless,
    /// The first half of the real JSON.
    HalfJson,
    /// 302 to somewhere.
    Redirect {
        /// Where to.
        location: String,
    },
    /// A refusal with this AADSTS code, whatever the request.
    Refuse {
        /// The number.
        code: u32,
        /// The `error` value.
        #[serde(default = "invalid_grant")]
        error: String,
        /// HTTP status.
        #[serde(default = "bad_request")]
        status: u16,
        /// The `suberror` value.
        #[serde(default)]
        suberror: Option<String>,
        /// Demanded claims, as JSON in a string.
        #[serde(default)]
        claims: Option<String>,
    },
    /// Access tokens get other claims than they should; `null` removes one.
    Tamper {
        /// The claims.
        claims: Map<String, Value>,
    },
}

impl FaultKind {
    /// Its name in the log.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::Throttle { .. } => "throttle",
            Self::ServerError { .. } => "server_error",
            Self::Drop => "drop",
            Self::BrokenOff => "broken_off",
            Self::Html => "html",
            Self::Huge { .. } => "huge",
            Self::Endless => "endless",
            Self::HalfJson => "half_json",
            Self::Redirect { .. } => "redirect",
            Self::Refuse { .. } => "refuse",
            Self::Tamper { .. } => "tamper",
        }
    }
}

/// The faults that wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Adds one; `false` when there are too many.
    pub(super) fn add(&mut self, fault: Fault) -> bool {
        let room = self.0.len() < MOST;
        if room {
            self.0.push(fault);
        }
        room
    }

    pub(super) fn all(&self) -> &[Fault] {
        &self.0
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The first fault for `path`, used up once more.
    pub(super) fn take(&mut self, path: &str) -> Option<FaultKind> {
        let index = self.0.iter().position(|fault| path.contains(&fault.path))?;
        let fault = self.0.get_mut(index)?;
        let kind = fault.kind.clone();
        match fault.times {
            0 => {}
            1 => {
                self.0.remove(index);
            }
            _ => fault.times -= 1,
        }
        Some(kind)
    }
}

const MOST: usize = 100;

fn once() -> u64 {
    1
}

fn invalid_grant() -> String {
    "invalid_grant".to_owned()
}

fn bad_request() -> u16 {
    400
}

fn unavailable() -> u16 {
    503
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultKind, Faults};

    #[test]
    fn a_fault_is_used_up() {
        let mut faults = Faults::default();
        faults.add(Fault { path: "/token".to_owned(), times: 2, kind: FaultKind::Drop });
        assert_eq!(faults.take("/keys"), None);
        assert_eq!(faults.take("/t/token"), Some(FaultKind::Drop));
        assert_eq!(faults.take("/t/token"), Some(FaultKind::Drop));
        assert_eq!(faults.take("/t/token"), None);
        faults.add(Fault { path: String::new(), times: 0, kind: FaultKind::Html });
        for _ in 0..5 {
            assert_eq!(faults.take("/anything"), Some(FaultKind::Html));
        }
    }
}
