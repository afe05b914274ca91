//! A verdict, as the engine's JSON describes it, in words.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    identity_view::{self, IdentityView},
    screen::heading,
    time,
};
use crate::{
    failure::Failure,
    terminal::{Link, Node, Palette, Tone, safe, wrap},
};

/// A decision, explained.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "verdict")]
pub(super) struct VerdictView {
    /// `allow` or `deny`.
    pub(super) decision: String,
    /// The stable reason code, see `docs/reasons.md`.
    pub(super) reason: String,
    /// One sentence: who asked for what, and why it came out so.
    pub(super) sentence: String,
    /// What would change a deny, nearest first.
    #[serde(default)]
    pub(super) change: Vec<String>,
    /// The Cedar request.
    pub(super) asked: Option<AskedView>,
    /// Ids of the policies that decided.
    pub(super) policies: Vec<String>,
    /// Policies that could not be evaluated.
    #[serde(default)]
    pub(super) errors: Vec<PolicyErrorView>,
    /// Every policy whose scope matched, clause by clause.
    #[serde(default)]
    pub(super) findings: Vec<PolicyView>,
    /// Who asked and who acts.
    pub(super) identity: Option<IdentityView>,
    /// What the caller is told.
    pub(super) answer: AnswerView,
    /// Whether the bundle only observes: then the call passes whatever the decision.
    pub(super) shadow: bool,
    /// Digest of the bundle that decided.
    pub(super) bundle: String,
    /// The clock, seconds since 1970.
    pub(super) at: u64,
}

/// The Cedar request.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "asked")]
pub(super) struct AskedView {
    /// The principal, as Cedar writes it.
    pub(super) principal: String,
    /// The action.
    pub(super) action: String,
    /// The resource.
    pub(super) resource: String,
}

/// A policy that could not be evaluated.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "policy_error")]
pub(super) struct PolicyErrorView {
    /// Its id.
    pub(super) policy: String,
    /// Why.
    pub(super) error: String,
}

/// A policy whose scope matched.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "policy")]
pub(super) struct PolicyView {
    /// Its id.
    pub(super) policy: String,
    /// `permit` or `forbid`.
    pub(super) effect: String,
    /// `satisfied`, `unsatisfied` or `error`.
    pub(super) result: String,
    /// File, line and column.
    pub(super) source: String,
    /// Its `@reason`.
    pub(super) reason: Option<String>,
    /// Its `@advice`.
    pub(super) advice: Option<String>,
    /// Its clauses, in source order.
    pub(super) clauses: Vec<ClauseView>,
}

/// A clause and what it came to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "clause")]
pub(super) struct ClauseView {
    /// `when` or `unless`.
    pub(super) keyword: String,
    /// Its source text.
    pub(super) text: String,
    /// File, line and column.
    #[expect(dead_code, reason = "part of the documented JSON; the text says it to people")]
    pub(super) source: String,
    /// `met`, `not_met` or `error`.
    pub(super) state: String,
    /// Why it has no value.
    pub(super) error: Option<String>,
    /// Whether an earlier clause had already decided.
    #[serde(default)]
    pub(super) skipped: bool,
    /// What it read.
    pub(super) readings: Vec<ReadingView>,
}

/// A condition inside a clause.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "reading")]
pub(super) struct ReadingView {
    /// What it reads, for example `context.mode`.
    pub(super) path: String,
    /// What was there, as a Cedar literal, or `absent`.
    pub(super) seen: String,
    /// What was wanted.
    pub(super) wanted: String,
    /// Whether it was so; absent when that cannot be said.
    pub(super) met: Option<bool>,
}

/// What the caller is told.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "answer")]
pub(super) struct AnswerView {
    /// HTTP status.
    pub(super) status: u16,
    /// The value of `WWW-Authenticate`.
    pub(super) www_authenticate: Option<String>,
}

impl VerdictView {
    pub(super) fn read(json: &str) -> Result<Self, Failure> {
        serde_json::from_str(json).map_err(|error| Failure::json("the verdict", &error))
    }

    pub(super) fn allows(&self) -> bool {
        self.decision == "allow"
    }

    /// Decision, reason and sentence; what would change it.
    pub(super) fn short(&self, palette: &Palette) -> String {
        let mut text = self.headline(palette);
        for line in wrap(&safe(&self.sentence), palette.width()) {
            text.push_str(&line);
            text.push('\n');
        }
        for change in &self.change {
            text.push_str(&bullet("→", &safe(change), palette));
        }
        if self.shadow && !self.allows() {
            text.push_str(
                &palette.paint(Tone::Warn, "shadow mode: the call would pass all the same"),
            );
            text.push('\n');
        }
        text
    }

    /// Everything.
    pub(super) fn long(&self, palette: &Palette) -> String {
        let mut text = self.short(palette);
        if let Some(identity) = &self.identity {
            text.push_str(&heading(palette, "Who"));
            text.push_str(&self.chain(identity).draw(palette));
            text.push('\n');
            text.push_str(&identity_view::draw(identity, palette));
        }
        if let Some(asked) = &self.asked {
            text.push_str(&heading(palette, "Asked of the policies"));
            for (name, value) in [
                ("principal", &asked.principal),
                ("action", &asked.action),
                ("resource", &asked.resource),
            ] {
                text.push_str(&format!("  {name:<9}  {}\n", safe(value)));
            }
        }
        if !self.findings.is_empty() {
            text.push_str(&heading(palette, "Policies whose scope matched"));
            for policy in &self.findings {
                policy.draw(&mut text, palette);
            }
        }
        for PolicyErrorView { policy, error } in &self.errors {
            let line = format!("policy `{policy}` errs: {error}");
            text.push_str(&bullet("!", &safe(&line), palette));
        }
        text.push_str(&heading(palette, "Told to the caller"));
        text.push_str(&format!("  HTTP {}\n", self.answer.status));
        if let Some(challenge) = &self.answer.www_authenticate {
            text.push_str(&format!("  WWW-Authenticate: {}\n", safe(challenge)));
        }
        text.push('\n');
        for line in [format!("bundle {}", self.bundle), format!("at {}", time::in_words(self.at))] {
            text.push_str(&format!("{}\n", palette.paint(Tone::Dim, line)));
        }
        text
    }

    fn headline(&self, palette: &Palette) -> String {
        let (tone, mark) = if self.allows() { (Tone::Good, "✔") } else { (Tone::Bad, "✘") };
        let decision = palette.paint(tone, format!("{mark} {}", self.decision));
        let policies = match self.policies.as_slice() {
            [] => String::new(),
            ids => format!("  by {}", safe(&ids.join(", "))),
        };
        format!("{decision}  {}{policies}\n", self.reason)
    }

    /// The identity's chain, and what it leads to.
    fn chain(&self, identity: &IdentityView) -> crate::terminal::Chain {
        let mut chain = identity.chain();
        let tone = if self.allows() { Tone::Good } else { Tone::Bad };
        if let Some(asked) = &self.asked {
            let (kind, name) = entity(&asked.resource);
            let (_, action) = entity(&asked.action);
            let link = Link { label: action, outcome: Some(tone) };
            chain.then(link, Node { kind, lines: vec![name] });
        }
        chain
    }
}

impl PolicyView {
    fn draw(&self, text: &mut String, palette: &Palette) {
        let (tone, mark) = match (self.result.as_str(), self.effect.as_str()) {
            ("satisfied", "permit") => (Tone::Good, "✔"),
            ("satisfied", _) => (Tone::Bad, "✘"),
            ("error", _) => (Tone::Bad, "!"),
            _ => (Tone::Dim, "·"),
        };
        let head = format!("{mark} {} {}", self.effect, safe(&self.policy));
        let place = palette.paint(Tone::Dim, safe(&self.source));
        text.push_str(&format!("  {}  {}  {place}\n", palette.paint(tone, head), self.result));
        for remark in [&self.reason, &self.advice].into_iter().flatten() {
            for line in wrap(&safe(remark), palette.width().saturating_sub(4)) {
                text.push_str(&format!("    {}\n", palette.paint(Tone::Dim, line)));
            }
        }
        for clause in &self.clauses {
            clause.draw(text, self.effect == "permit", palette);
        }
    }
}

impl ClauseView {
    /// A clause that is met speaks for the call in a permit and against it in a forbid.
    fn draw(&self, text: &mut String, permits: bool, palette: &Palette) {
        let (tone, mark) = match (self.state.as_str(), permits) {
            ("met", true) => (Tone::Good, "✔"),
            ("met", false) => (Tone::Bad, "✔"),
            ("error", _) => (Tone::Bad, "!"),
            (_, true) => (Tone::Bad, "✘"),
            (_, false) => (Tone::Good, "✘"),
        };
        let clause = one_line(&self.text);
        let mark = palette.paint(tone, mark);
        let skipped = if self.skipped { " (not needed any more)" } else { "" };
        text.push_str(&format!("      {mark} {} {clause}{skipped}\n", self.keyword));
        if let Some(error) = &self.error {
            text.push_str(&bullet("          ", &safe(error), palette));
        }
        for reading in self.readings.iter().filter(|_| self.state != "met") {
            let ReadingView { path, seen, wanted, met } = reading;
            if *met == Some(true) {
                continue;
            }
            let line = format!("{} is {}, wanted {}", safe(path), safe(seen), safe(wanted));
            text.push_str(&bullet("          ", &line, palette));
        }
    }
}

/// A remark under a mark, wrapped.
pub(super) fn bullet(mark: &str, remark: &str, palette: &Palette) -> String {
    let indent = mark.chars().count() + 3;
    let mut text = String::new();
    for (index, line) in wrap(remark, palette.width().saturating_sub(indent)).iter().enumerate() {
        let lead = if index == 0 { format!("  {mark} ") } else { " ".repeat(indent) };
        text.push_str(&format!("{lead}{line}\n"));
    }
    text
}

fn one_line(source: &str) -> String {
    let words: Vec<&str> = source.split_whitespace().collect();
    safe(&words.join(" "))
}

/// `Tool::"crm/search"` as kind and name.
fn entity(uid: &str) -> (String, String) {
    let (kind, name) = uid.split_once("::\"").unwrap_or(("resource", uid));
    (safe(&kind.to_lowercase()), safe(name.trim_end_matches('"')))
}
