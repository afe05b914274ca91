//! The second part's words.

use std::{fmt::Write as _, path::Path};

use super::{
    exchange::{Exchange, message},
    parts::Parts,
};
use crate::{
    rows::{Row, Rows},
    table::{Paint, WIDTH, wrap},
};

/// What was started.
pub(crate) fn head(parts: &Parts, paint: Paint) -> String {
    let mut text = String::new();
    let title = "The same tokens through a real Envoy, as requests.";
    let _ = writeln!(text, " {}\n", paint.strong(title));
    for (name, words) in [
        ("Envoy", "1.40, Vicar's filter in front of an upstream that echoes".to_owned()),
        ("keys", "fetched from a key server on this machine".to_owned()),
        ("bundle", format!("policies/reference, {}", parts.digest())),
    ] {
        let _ = writeln!(text, " {} {words}", paint.quiet(&format!("{name:<11}")));
    }
    text.push('\n');
    text
}

/// One request as `curl` would send it, and the answer.
pub(crate) fn exchange(number: usize, row: &Row, exchange: &Exchange, paint: Paint) -> String {
    let mut text = String::new();
    let _ = writeln!(text, " {number:>2} {}", paint.strong(&row.token));
    let command = format!(
        "$ curl https://mcp.contoso.example/mcp -H \"Authorization: Bearer $T{number}\" -d \
         '…{}…'",
        exchange.tool
    );
    let _ = writeln!(text, "    {}", paint.quiet(&command));
    let status = format!("HTTP/1.1 {}", exchange.response.status);
    if exchange.passed {
        let saw: Vec<String> = ["x-vicar-actor", "x-vicar-subject", "x-vicar-mode"]
            .iter()
            .map(|name| format!("{name}: {}", exchange.seen(name)))
            .collect();
        let _ = writeln!(text, "    {} the upstream saw", paint.good(&status));
        for line in saw {
            let _ = writeln!(text, "      {line}");
        }
        return text;
    }
    let _ = writeln!(text, "    {} {}", paint.stopped(&status), exchange.reason());
    for part in wrap(&exchange.sentence(), WIDTH - 6) {
        let _ = writeln!(text, "      {}", paint.quiet(&part));
    }
    let challenge = without_description(exchange.response.header("www-authenticate"));
    if !challenge.is_empty() {
        for part in wrap(&format!("www-authenticate: {challenge}"), WIDTH - 6) {
            let _ = writeln!(text, "      {}", paint.quiet(&part));
        }
    }
    text
}

/// The challenge without the sentence, which stands above it already.
fn without_description(challenge: &str) -> String {
    let Some((before, rest)) = challenge.split_once("error_description=\"") else {
        return challenge.to_owned();
    };
    let after = rest.split_once("\", ").map_or("", |(_, after)| after);
    format!("{before}{after}").trim_end_matches(", ").to_owned()
}

/// Two of the audit records: the first allow and the first deny.
pub(crate) fn audit(lines: &[String], paint: Paint) -> String {
    let mut text =
        format!("\n {}\n", paint.strong("Each decision leaves one line in Envoy's log:"));
    for verdict in [r#""verdict":"allow""#, r#""verdict":"deny""#] {
        if let Some(line) = lines.iter().find(|line| line.contains(verdict)) {
            let _ = writeln!(text, "   {line}");
        }
    }
    text
}

/// The counters.
pub(crate) fn metrics(metrics: &[(String, u64)], paint: Paint) -> String {
    let mut text = format!("\n {}\n", paint.strong("And is counted:"));
    for (name, value) in metrics {
        let name = name.trim_start_matches("wasmcustom.");
        let _ = writeln!(text, "   {name:<48} {value:>6}");
    }
    let hint = "`make serve-envoy` leaves it running to play with by hand.";
    let _ = writeln!(text, "\n {hint}\n");
    text
}

/// How to play by hand.
pub(crate) fn invitation(parts: &Parts, rows: &Rows, folder: &Path, paint: Paint) -> String {
    let mut text = String::new();
    let (address, admin) = (parts.address(), parts.admin());
    let _ =
        writeln!(text, "\n {}\n", paint.strong("Envoy with Vicar's filter runs. Ctrl-C ends it."));
    let _ = writeln!(text, " gateway   http://{address}");
    let _ = writeln!(text, " metrics   http://{admin}/stats?filter=vicar");
    let _ = writeln!(text, " bundle    policies/reference, {}", parts.digest());
    let _ = writeln!(text, " tokens    {}, good for 40 minutes:", folder.display());
    for (index, row) in rows.rows.iter().enumerate() {
        let _ = writeln!(text, "   {:<14} {}", format!("token-{}.txt", index + 1), row.token);
    }
    let _ = writeln!(
        text,
        "\n curl -i http://{address}{} -H 'host: {}' \\\n   -H 'content-type: application/json' \\\n   \
         -H \"authorization: Bearer $(cat {}/token-1.txt)\" \\\n   -d '{}'\n",
        rows.call.path,
        rows.call.host,
        folder.display(),
        message(&rows.call),
    );
    let _ = writeln!(text, " {}", paint.quiet("The audit record of each request follows."));
    text
}
