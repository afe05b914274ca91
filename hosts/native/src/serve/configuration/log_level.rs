//! `Logging__LogLevel__Default`, in ASP.NET's words.

use tracing::level_filters::LevelFilter;

use super::{Problems, Variables};

pub(super) fn read(variables: &Variables, problems: &mut Problems) -> LevelFilter {
    let key = "Logging:LogLevel:Default";
    let Some(value) = variables.get(key) else { return LevelFilter::INFO };
    let known = LEVELS.iter().find(|(name, _)| name.eq_ignore_ascii_case(value));
    known.map(|(_, level)| *level).unwrap_or_else(|| {
        let wanted = "`Trace`, `Debug`, `Information`, `Warning`, `Error`, `Critical` or `None`";
        problems.value(&variables.name(key), value, wanted);
        LevelFilter::INFO
    })
}

const LEVELS: [(&str, LevelFilter); 7] = [
    ("Trace", LevelFilter::TRACE),
    ("Debug", LevelFilter::DEBUG),
    ("Information", LevelFilter::INFO),
    ("Warning", LevelFilter::WARN),
    ("Error", LevelFilter::ERROR),
    ("Critical", LevelFilter::ERROR),
    ("None", LevelFilter::OFF),
];
