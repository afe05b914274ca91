//! What came in, for tests to look at.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

/// One request. What is secret in its form and query is masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Counts from 1.
    pub number: u64,
    /// Seconds since 1970, by the lab's clock.
    pub time: u64,
    /// How long the answer took from the whole request on, in microseconds of real time.
    pub microseconds: u64,
    /// HTTP method.
    pub method: String,
    /// Path, without the query.
    pub path: String,
    /// The parameters of the query.
    pub query: BTreeMap<String, String>,
    /// The form, if it was one.
    pub form: BTreeMap<String, String>,
    /// HTTP status of the answer; 0 when there was none.
    pub status: u16,
    /// AADSTS code of a refusal.
    pub code: Option<u32>,
    /// The fault that was played.
    pub fault: Option<String>,
}

/// The last requests.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestLog {
    records: VecDeque<RequestRecord>,
    count: u64,
}

impl RequestLog {
    pub(super) fn add(&mut self, mut record: RequestRecord) {
        self.count += 1;
        record.number = self.count;
        self.records.push_back(record);
        if self.records.len() > MOST {
            self.records.pop_front();
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &RequestRecord> {
        self.records.iter()
    }

    pub(super) fn clear(&mut self) {
        self.records.clear();
    }
}

const MOST: usize = 2000;
