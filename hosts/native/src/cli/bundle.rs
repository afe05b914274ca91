//! `vicar bundle`: build, show and name bundles.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use vicar_bundle::{Bundle, Contents, Exchange, contents::KeySource};
use vicar_token::IssuerRule;

use super::{
    engine_choice::EngineArguments,
    screen::{Answer, Ending, Screen, heading},
    test,
};
use crate::{
    bundle_source,
    failure::{Failure, code},
    output_file::write_whole,
    terminal::{Palette, Table, Tone, safe},
    test_runner,
};

/// Build, show and name bundles
#[derive(Clone, Debug, Args)]
pub(super) struct BundleCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Debug, Subcommand)]
enum Verb {
    Build(Build),
    Digest(Digest),
    Show(Show),
}

/// Build a folder into one file; its tests must pass
#[derive(Clone, Debug, Args)]
struct Build {
    /// The folder that holds `vicar.yaml`
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// The file to write; left as it is when the build fails
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Build even if tests fail
    #[arg(long)]
    no_tests: bool,
    #[command(flatten)]
    engine: EngineArguments,
}

/// Print a bundle's digest
#[derive(Clone, Debug, Args)]
struct Digest {
    /// A bundle file, or a folder
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
}

/// Show what a bundle trusts, knows and protects
#[derive(Clone, Debug, Args)]
struct Show {
    /// A bundle file, or a folder
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
}

/// A bundle that was built.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "build")]
pub(super) struct Built {
    /// The bundle's name.
    name: String,
    /// Its digest.
    digest: String,
    /// The file written.
    file: String,
    /// Its size.
    bytes: usize,
    /// How many test cases passed; 0 with `--no-tests`.
    tests: usize,
    /// What is not wrong, but looks so.
    warnings: Vec<String>,
}

/// A bundle's name and digest.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "digest")]
pub(super) struct Named {
    /// The bundle's name.
    name: String,
    /// Its digest.
    digest: String,
}

/// A bundle's contents.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "bundle")]
pub(super) struct Shown {
    /// The bundle's name.
    name: String,
    /// Its digest.
    digest: String,
    /// Its policies.
    policies: Vec<ShownPolicy>,
    /// The contents as they stand in the file, without the policy program.
    contents: Value,
}

/// A policy of a bundle.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "bundle_policy")]
struct ShownPolicy {
    /// Its id.
    id: String,
    /// `permit` or `forbid`.
    effect: String,
    /// File, line and column.
    source: String,
}

impl BundleCommand {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        match &self.verb {
            Verb::Build(build) => build.run(screen),
            Verb::Digest(digest) => digest.run(screen),
            Verb::Show(show) => show.run(screen),
        }
    }
}

impl Build {
    fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let compiled = bundle_source::build(&self.folder)?;
        let mut tests = 0;
        if !self.no_tests {
            let engine = self.engine.open(screen)?;
            let report = test_runner::run_with_cedar(&*engine, &compiled)?;
            tests = report.passed;
            if !report.good() {
                let message = format!("{} tests failed; nothing was written", report.failed);
                let mut failure = Failure::new(code::BUNDLE_TESTS_FAILED, message)
                    .hint("`vicar test` shows them; `--no-tests` builds all the same");
                let drawn = test::draw(&report, self.engine.name(), false, &Palette::plain(100));
                failure.details = drawn.lines().map(str::to_owned).collect();
                return Err(failure);
            }
        }
        let bytes = compiled.bundle.to_bytes();
        write_whole(&self.output, &bytes)?;
        let built = Built {
            name: compiled.bundle.contents().name.clone(),
            digest: compiled.bundle.digest().to_string(),
            file: self.output.display().to_string(),
            bytes: bytes.len(),
            tests,
            warnings: compiled.warnings.iter().map(ToString::to_string).collect(),
        };
        screen.answer(Ending::Yes, &built, |palette| built.draw(palette))
    }
}

impl Built {
    fn draw(&self, palette: &Palette) -> String {
        let mut text = String::new();
        for line in self.warnings.iter().flat_map(|warning| warning.lines()) {
            text.push_str(&palette.paint(Tone::Warn, safe(line)));
            text.push('\n');
        }
        let Self { name, digest, file, bytes, tests, .. } = self;
        text.push_str(&format!(
            "{}  bundle {}: {bytes} bytes in {file}, {tests} tests passed\n   {digest}\n",
            palette.paint(Tone::Good, "✔ built"),
            safe(name)
        ));
        text
    }
}

impl Digest {
    fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let bundle = bundle_source::load(&self.bundle)?;
        let named =
            Named { name: bundle.contents().name.clone(), digest: bundle.digest().to_string() };
        screen.answer(Ending::Yes, &named, |_| format!("{}\n", named.digest))
    }
}

impl Show {
    fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let bundle = bundle_source::load(&self.bundle)?;
        let shown = Shown::of(&bundle)?;
        screen.answer(Ending::Yes, &shown, |palette| shown.draw(bundle.contents(), palette))
    }
}

impl Shown {
    fn of(bundle: &Bundle) -> Result<Self, Failure> {
        let mut contents = serde_json::to_value(bundle.contents())
            .map_err(|error| Failure::json("the bundle", &error))?;
        if let Some(members) = contents.as_object_mut() {
            members.remove("program");
            if let Some(exchange) = exchange_of(bundle)? {
                let exchange = serde_json::to_value(&exchange)
                    .map_err(|error| Failure::json("the exchange section", &error))?;
                members.insert("exchange".to_owned(), exchange);
            }
        }
        let policies = bundle.program().policies().map(|policy| {
            let source = policy.source();
            ShownPolicy {
                id: policy.id().to_owned(),
                effect: format!("{:?}", policy.effect()).to_lowercase(),
                source: format!("{}:{}:{}", source.file, source.line, source.column),
            }
        });
        Ok(Self {
            name: bundle.contents().name.clone(),
            digest: bundle.digest().to_string(),
            policies: policies.collect(),
            contents,
        })
    }

    fn draw(&self, contents: &Contents, palette: &Palette) -> String {
        let name = palette.paint(Tone::Heading, safe(&self.name));
        let mut text = format!("{name}\n{}\n", self.digest);
        if contents.answers.shadow {
            text.push_str(&palette.paint(Tone::Warn, "shadow mode: decides, lets everything pass"));
            text.push('\n');
        }
        text.push_str(&heading(palette, "Trust"));
        text.push_str(&trust(contents).draw(palette));
        text.push_str(&heading(palette, "Directory"));
        text.push_str(&directory(contents).draw(palette));
        text.push_str(&heading(palette, "Surface"));
        text.push_str(&surface(contents).draw(palette));
        if let Ok(Some(section)) = Exchange::of(contents) {
            text.push_str(&heading(palette, "Exchange"));
            text.push_str(&exchange(&section).draw(palette));
        }
        text.push_str(&heading(palette, "Policies"));
        let mut policies = Table::new(["effect", "id", "source"]);
        for ShownPolicy { id, effect, source } in &self.policies {
            policies.row([effect, &safe(id), &safe(source)]);
        }
        text.push_str(&policies.draw(palette));
        text
    }
}

/// The exchange section, which a load leaves unread.
fn exchange_of(bundle: &Bundle) -> Result<Option<Exchange>, Failure> {
    bundle.exchange().map_err(|error| Failure::new(error.reason().code, error))
}

fn exchange(exchange: &Exchange) -> Table {
    let mut table = Table::new(["", "", ""]);
    for downstream in &exchange.downstreams {
        let flow = downstream.flow.name();
        table.row([&safe(&downstream.name), flow, &safe(&downstream.base_url)]);
        table.row(["", "scopes", &safe(&downstream.scopes.join(" "))]);
    }
    table
}

fn trust(contents: &Contents) -> Table {
    let mut table = Table::new(["", "", ""]);
    for issuer in &contents.trust {
        let algorithms: Vec<&str> =
            issuer.trusted.algorithms.iter().map(|algorithm| algorithm.name()).collect();
        let keys = match &issuer.keys {
            KeySource::Inline(_) => "in the bundle",
            KeySource::JwksUri(address) | KeySource::Metadata(address) => address,
        };
        let iss = match &issuer.trusted.issuer {
            IssuerRule::EntraTenants { tenants, .. } => {
                format!("Entra, tenants {}", tenants.join(" "))
            }
            IssuerRule::Exact(iss) => iss.clone(),
            IssuerRule::SpiffeTrustDomain(domain) => format!("spiffe://{domain}"),
        };
        table.row([&safe(&issuer.trusted.name), "iss", &safe(&iss)]);
        table.row(["", "aud", &safe(&issuer.trusted.audiences.join(" "))]);
        table.row(["", "alg", &algorithms.join(" ")]);
        table.row(["", "keys", &safe(keys)]);
    }
    table
}

fn directory(contents: &Contents) -> Table {
    let mut table = Table::new(["", ""]);
    let directory = &contents.directory;
    let known = |known: &[vicar_identity::directory::Known]| -> String {
        known.iter().map(|known| known.name.as_str()).collect::<Vec<_>>().join(" ")
    };
    let tenants: Vec<&str> = directory.tenants.iter().map(|tenant| tenant.name.as_str()).collect();
    let agents: Vec<String> = directory
        .agents
        .iter()
        .map(|agent| match agent.disabled {
            true => format!("{} (disabled)", agent.name),
            false => agent.name.clone(),
        })
        .collect();
    for (what, names) in [
        ("tenants", tenants.join(" ")),
        ("blueprints", known(&directory.blueprints)),
        ("agents", agents.join(" ")),
        ("apps", known(&directory.apps)),
        ("groups", known(&directory.groups)),
    ] {
        if !names.is_empty() {
            table.row([what, &safe(&names)]);
        }
    }
    table
}

fn surface(contents: &Contents) -> Table {
    let mut table = Table::new(["", "", "", ""]);
    let surface = &contents.surface;
    let place = |place: &vicar_bundle::surface::Place| match place.hosts.as_slice() {
        [] => format!("any host{}", place.path),
        hosts => format!("{}{}", hosts.join(" "), place.path),
    };
    for api in &surface.apis {
        let routes: Vec<&str> = api.routes.iter().map(|route| route.name.as_str()).collect();
        table.row(["API", &safe(&api.name), &safe(&place(&api.place)), &safe(&routes.join(" "))]);
    }
    for server in &surface.mcp_servers {
        let tools: Vec<&str> = server.tools.iter().map(|tool| tool.name.as_str()).collect();
        table.row([
            "MCP",
            &safe(&server.name),
            &safe(&place(&server.place)),
            &safe(&tools.join(" ")),
        ]);
    }
    for provider in &surface.llm_providers {
        let models: Vec<&str> = provider.models.iter().map(|model| model.name.as_str()).collect();
        let at = place(&provider.place);
        table.row(["LLM", &safe(&provider.name), &safe(&at), &safe(&models.join(" "))]);
    }
    table
}
