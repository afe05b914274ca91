//! The story's words. What an answer says stands as it came.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use vicar_native::terminal::{Chain, ColorChoice, Link, Node, Palette, Tone};

use super::{
    office::{Called, Office},
    scene::{Case, SignedIn},
    stale::Renewed,
    stand_in::StandIn,
};
use crate::{
    show::Shown,
    table::{Paint, WIDTH, wrap},
};

/// The text so far.
pub(super) struct Story {
    text: String,
    surprises: Vec<String>,
    number: usize,
    paint: Paint,
    palette: Palette,
}

impl Story {
    pub(super) fn new(paint: Paint) -> Self {
        let palette = match paint.colours {
            true => Palette::detect(ColorChoice::Always),
            false => Palette::plain(WIDTH),
        };
        Self { text: String::new(), surprises: Vec::new(), number: 0, paint, palette }
    }

    pub(super) fn shown(self) -> Shown {
        Shown { text: self.text, surprises: self.surprises }
    }

    /// What was started.
    pub(super) fn head(&mut self, entra: &StandIn, office: &Office) {
        let title = "The whole story: a person, an agent, its sidecar, the gateway.";
        self.line(&format!(" {}\n", self.paint.strong(title)));
        for (name, words) in [
            ("Entra", format!("`vicar lab` at {}", entra.lab.origin)),
            ("sidecar", format!("`vicar serve` at {}, with Microsoft's HTTP API", office.url())),
            ("Envoy", format!("1.40 with Vicar's filter at http://{}", office.envoy_address)),
            ("bundle", format!("tests/demo/data/story for both, {}", office.digest)),
        ] {
            self.line(&format!(" {} {words}", self.paint.quiet(&format!("{name:<11}"))));
        }
        self.line("");
    }

    /// The sign-in.
    pub(super) fn signed_in(&mut self, signed_in: &SignedIn) {
        self.title("Dana signs in by device code");
        if let Some(prompt) = &signed_in.prompt {
            let words = format!("open {} and enter {}", prompt.verification_uri, prompt.user_code);
            self.quiet(&words);
        }
        match &signed_in.whose {
            Some(whose) => self.good(&format!("Tc for the blueprint: {}", whose.summary)),
            None => self.surprise("the person's token could not be read"),
        }
        let mut chain = Chain::new(person("Dana"));
        let blueprint = node("blueprint", &["finance", "may act for Dana now"]);
        chain.then(link("consents to", Some(Tone::Good)), blueprint);
        self.chain(&chain);
    }

    /// What the pod has.
    pub(super) fn pod(&mut self, office: &Office) {
        self.title("The agent's pod holds a service-account token, and no secret");
        let claims = office.token_claims().unwrap_or_default();
        for name in ["iss", "sub", "aud"] {
            let value = claims.get(name).cloned().unwrap_or_default();
            self.quiet(&format!("{name} {value}"));
        }
        self.line("");
    }

    /// The call that passes.
    pub(super) fn passed(&mut self, called: &Called, reason: &str) {
        self.title("Vicar trades T1 and Tc for T2, and the call passes the gateway");
        self.quiet(&format!("$ curl -d '…search_invoices…' http://sidecar{}", called.path));
        for form in &called.forms {
            self.form(form);
        }
        let inner = called.body.get("statusCode").and_then(Value::as_u64);
        match &called.seen {
            Some(headers) if called.status == 200 && inner == Some(200) => {
                self.good("the upstream answered 200, and saw");
                for (name, value) in headers {
                    self.line(&format!("      {name}: {value}"));
                }
            }
            _ => {
                self.surprise(&format!("the call did not pass: {} {}", called.status, called.body))
            }
        }
        let told = text(&called.audit, "sentence");
        self.sentence(&told);
        if text(&called.audit, "reason") != reason {
            self.surprise(&format!("the record says {}", called.audit));
        }
        self.chain(&chain(Some("Dana"), called, Tone::Good));
    }

    /// A call that must not pass.
    pub(super) fn refused(&mut self, case: &Case) {
        self.title(case.title);
        let called = &case.called;
        let (status, reason) = (called.status, text(&called.body, "reason"));
        self.stopped(&format!("HTTP/1.1 {status}"), &reason);
        self.sentence(&text(&called.body, "detail"));
        let remedy = text(&called.body, "remedy");
        if !remedy.is_empty() && !text(&called.body, "detail").contains(&remedy) {
            self.sentence(&format!("→ {remedy}"));
        }
        if let Some(answer) = called.body.get("token_service") {
            let code = answer.get("code").and_then(Value::as_u64).unwrap_or_default();
            self.quiet(&format!(
                "Entra said `{}`, AADSTS{code}, to {}",
                text(answer, "error"),
                text(answer, "hop")
            ));
        }
        if !called.challenge.is_empty() {
            self.quiet(&format!("www-authenticate: {}", called.challenge));
        }
        if called.forms.is_empty() {
            self.quiet("nothing was asked of Entra");
        }
        if (status, reason.as_str()) != case.expected || called.seen.is_some() {
            let (wanted, why) = case.expected;
            let message = format!("{}: {status} {reason}, not {wanted} {why}", case.title);
            self.surprise(&message);
        }
        self.chain(&chain(case.person, called, Tone::Bad));
    }

    /// The stale T1.
    pub(super) fn stale(&mut self, renewed: &Renewed) {
        self.title("A T1 that was kept for two hours");
        let said = text(&renewed.entra, "error_description");
        let said = said.lines().next().unwrap_or_default().to_owned();
        self.stopped("Entra, without Vicar:", &text(&renewed.entra, "error"));
        self.sentence(&said);
        for form in &renewed.forms {
            self.form(form);
        }
        match renewed.token && renewed.forms.len() == 2 && said.contains("AADSTS700024") {
            true => self.good("Vicar saw that its time was over, asked for a new one, and got T2"),
            false => self.surprise(&format!("{said:?}, then {} requests", renewed.forms.len())),
        }
        self.line("");
    }

    /// The records.
    pub(super) fn audit(&mut self, lines: &[String]) {
        let title = "Each answer left one audit line: which agent, for whom, allowed by what.";
        self.line(&format!(" {}\n", self.paint.strong(title)));
        for line in lines {
            self.line(&format!("   {line}"));
        }
        if lines.len() < 6 {
            self.surprise(&format!("{} audit lines", lines.len()));
        }
        self.line("\n `vicar login`, `vicar exchange` and `vicar lab` do the same by hand.\n");
    }

    fn title(&mut self, words: &str) {
        self.number += 1;
        let title = format!(" {:>2} {}", self.number, self.paint.strong(words));
        self.line(&title);
    }

    /// A form as the token endpoint saw it, secrets masked.
    fn form(&mut self, form: &Map<String, Value>) {
        let field = |name: &str| form.get(name).and_then(Value::as_str);
        let fields: Vec<String> =
            SHOWN.iter().filter_map(|name| Some(format!("{name}={}", field(name)?))).collect();
        let hop = if form.contains_key("fmi_path") { "T1" } else { "T2" };
        self.quiet(&format!("{hop} ← {}", fields.join(" ")));
    }

    fn sentence(&mut self, words: &str) {
        self.quiet(words);
    }

    fn quiet(&mut self, words: &str) {
        for part in wrap(words, WIDTH - 6) {
            let line = format!("      {}", self.paint.quiet(&part));
            self.line(&line);
        }
    }

    fn good(&mut self, words: &str) {
        for (index, part) in wrap(words, WIDTH - 8).iter().enumerate() {
            let mark = if index == 0 { "✔" } else { " " };
            let line = format!("    {} {part}", self.paint.good(mark));
            self.line(&line);
        }
    }

    fn stopped(&mut self, mark: &str, words: &str) {
        let line = format!("    {} {words}", self.paint.stopped(mark));
        self.line(&line);
    }

    fn surprise(&mut self, words: &str) {
        let line = format!("    {} {words}", self.paint.wrong("unexpected:"));
        self.line(&line);
        self.surprises.push(words.to_owned());
    }

    fn chain(&mut self, chain: &Chain) {
        let drawn = chain.draw(&self.palette);
        for line in drawn.lines() {
            self.line(&format!("    {line}"));
        }
        self.line("");
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{line}");
    }
}

/// Who asks, who acts, towards what.
fn chain(person_behind: Option<&str>, called: &Called, outcome: Tone) -> Chain {
    let exchange = called.audit.get("exchange").cloned().unwrap_or_default();
    let mode = text(&exchange, "mode");
    let actor = text(&exchange, "actor");
    let agent = match actor.as_str() {
        super::INVOICE => "invoice-agent",
        super::REPORT => "report-agent",
        _ => "an agent",
    };
    let shown = if mode.is_empty() { "not decided".to_owned() } else { mode };
    let agent = node("agent", &[agent, "by finance", &shown]);
    let api = node("downstream API", &["tools"]);
    let last = link("acts towards", Some(outcome));
    let mut chain = match person_behind {
        None => Chain::new(agent),
        Some(name) => {
            let mut chain = Chain::new(person(name));
            chain.then(link("asks", None), agent);
            chain
        }
    };
    chain.then(last, api);
    chain
}

fn person(name: &str) -> Node {
    node("user", &[name])
}

fn node(kind: &str, lines: &[&str]) -> Node {
    Node { kind: kind.to_owned(), lines: lines.iter().map(|line| (*line).to_owned()).collect() }
}

fn link(label: &str, outcome: Option<Tone>) -> Link {
    Link { label: label.to_owned(), outcome }
}

fn text(value: &Value, member: &str) -> String {
    value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What tells one hop from another.
const SHOWN: [&str; 8] = [
    "client_id",
    "grant_type",
    "fmi_path",
    "requested_token_use",
    "scope",
    "client_assertion",
    "assertion",
    "client_secret",
];
