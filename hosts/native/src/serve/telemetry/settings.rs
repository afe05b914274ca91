//! OpenTelemetry's own environment variables. What the specification lets pass in silence is
//! refused here: traces that nobody receives are missed when they are needed.

use std::{collections::BTreeMap, path::Path, time::Duration};

use axum::http::{HeaderName, HeaderValue};
use reqwest::Url;

use crate::{
    input::{DOCUMENT_LIMIT, Source},
    serve::configuration::Problems,
};

/// Where traces go.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// The collector's address for traces.
    pub(super) endpoint: Url,
    /// For one request.
    pub(super) timeout: Duration,
    /// Certificate authorities (PEM) to trust for this alone.
    pub(super) authority: Option<Vec<u8>>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Settings").field("endpoint", &self.endpoint.as_str()).finish()
    }
}

impl Settings {
    /// Reads the variables (`OTEL_…`); nothing where traces are not exported.
    ///
    /// # Errors
    /// [`Problems`], all of them at once, when traces are asked for in a way that does not work.
    pub fn read(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Option<Self>, Problems> {
        let ours = |name: &str| name.starts_with("OTEL_");
        let variables = variables
            .into_iter()
            // An empty value is none (general SDK configuration).
            .filter(|(name, value)| ours(name) && !value.trim().is_empty())
            .collect();
        let mut reading = Reading { variables, problems: Problems::default() };
        let settings = reading.settings();
        match (settings, reading.problems) {
            (_, problems) if !problems.is_empty() => Err(problems),
            (settings, _) => Ok(settings),
        }
    }
}

struct Reading {
    variables: BTreeMap<String, String>,
    problems: Problems,
}

impl Reading {
    fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim())
    }

    /// The value for traces, else the one for all signals, with its name.
    fn of_traces(&self, what: &str) -> Option<(String, String)> {
        let names =
            [format!("OTEL_EXPORTER_OTLP_TRACES_{what}"), format!("OTEL_EXPORTER_OTLP_{what}")];
        names.into_iter().find_map(|name| {
            let value = self.get(&name)?.to_owned();
            Some((name, value))
        })
    }

    fn settings(&mut self) -> Option<Settings> {
        if self.get("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return None;
        }
        match self.get("OTEL_TRACES_EXPORTER").map(str::to_owned).as_deref() {
            None | Some("otlp") => {}
            Some("none") => return None,
            Some(other) => self.problems.value("OTEL_TRACES_EXPORTER", other, "`otlp` or `none`"),
        }
        let (name, written) = self.of_traces("ENDPOINT")?;
        let endpoint = self.endpoint(&name, &written);
        if let Some((name, value)) = self.of_traces("PROTOCOL").filter(|(_, it)| it != PROTOCOL) {
            let wanted = format!("`{PROTOCOL}`, which collectors take on port 4318");
            self.problems.value(&name, &value, wanted);
        }
        if let Some((name, value)) = self.of_traces("COMPRESSION").filter(|(_, it)| it != "none") {
            self.problems.value(&name, &value, "`none`, or the variable left out");
        }
        for part in ["CLIENT_CERTIFICATE", "CLIENT_KEY"] {
            if let Some((name, _)) = self.of_traces(part) {
                self.problems.add(&name, "set", "no client certificate: use a header");
            }
        }
        self.headers();
        self.sampler();
        let timeout = self.timeout();
        let authority = self.authority();
        Some(Settings { endpoint: endpoint?, timeout, authority })
    }

    fn endpoint(&mut self, name: &str, written: &str) -> Option<Url> {
        let url = Url::parse(written).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        });
        let Some(mut url) = url else {
            // It may hold a password.
            let wanted = "`http://` or `https://`, a host and perhaps a port and a path; names and \
                          passwords belong into `OTEL_EXPORTER_OTLP_HEADERS`";
            self.problems.add(name, "no such address", wanted);
            return None;
        };
        if name == "OTEL_EXPORTER_OTLP_ENDPOINT" {
            let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
            url.set_path(&path);
        }
        Some(url)
    }

    fn headers(&mut self) {
        let Some((name, list)) = self.of_traces("HEADERS") else { return };
        let good = list.split(',').map(str::trim).filter(|pair| !pair.is_empty()).all(|pair| {
            pair.split_once('=').is_some_and(|(field, value)| {
                HeaderName::try_from(field.trim()).is_ok()
                    && !value.trim().is_empty()
                    && HeaderValue::try_from(value.trim()).is_ok()
            })
        });
        if !good {
            // The values are secrets, as a rule.
            self.problems.add(&name, "no list of headers", "`name=value`, with commas between");
        }
    }

    fn sampler(&mut self) {
        let Some(sampler) = self.get("OTEL_TRACES_SAMPLER").map(str::to_owned) else { return };
        if !SAMPLERS.contains(&sampler.as_str()) {
            let wanted = format!("one of `{}`", SAMPLERS.join("`, `"));
            self.problems.value("OTEL_TRACES_SAMPLER", &sampler, wanted);
        }
        let name = "OTEL_TRACES_SAMPLER_ARG";
        let Some(argument) = self.get(name).map(str::to_owned) else { return };
        let ratio = argument.parse::<f64>().is_ok_and(|ratio| (0.0..=1.0).contains(&ratio));
        if sampler.ends_with("traceidratio") && !ratio {
            self.problems.value(name, &argument, "a number from 0 to 1");
        }
    }

    fn timeout(&mut self) -> Duration {
        let Some((name, value)) = self.of_traces("TIMEOUT") else { return USUAL_TIMEOUT };
        match value.parse() {
            Ok(milliseconds @ 1..=60_000) => Duration::from_millis(milliseconds),
            _ => {
                self.problems.value(&name, &value, "milliseconds, from 1 to 60000");
                USUAL_TIMEOUT
            }
        }
    }

    fn authority(&mut self) -> Option<Vec<u8>> {
        let (name, path) = self.of_traces("CERTIFICATE")?;
        match Source::File(Path::new(&path).to_owned()).bytes(DOCUMENT_LIMIT) {
            Ok(pem) => Some(pem),
            Err(failure) => {
                self.problems.add(&name, failure.message, "a file of certificates in PEM form");
                None
            }
        }
    }
}

const PROTOCOL: &str = "http/protobuf";
const USUAL_TIMEOUT: Duration = Duration::from_secs(10);
const SAMPLERS: [&str; 6] = [
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
];

#[cfg(test)]
mod tests;
