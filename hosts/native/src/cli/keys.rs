//! `vicar keys`: fetch and show key sets.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use schemars::JsonSchema;
use serde::Serialize;
use vicar_keys::Source as KeysSource;
use vicar_token::{Jwks, PublicKey};

use super::{
    keys_input::{NetworkArguments, remote},
    screen::{Answer, Ending, Screen},
};
use crate::{
    bundle_source,
    failure::{Failure, code},
    input::{DOCUMENT_LIMIT, Source},
    output_file::write_whole,
    terminal::{Palette, Table, Tone, safe},
};

/// Fetch and show key sets
#[derive(Clone, Debug, Args)]
pub(super) struct KeysCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Debug, Subcommand)]
enum Verb {
    Fetch(Fetch),
    Show(Show),
}

/// Fetch a key set over https
#[derive(Clone, Debug, Args)]
struct Fetch {
    /// Address of the key set
    #[arg(value_name = "URL", required_unless_present_any = ["metadata", "bundle"])]
    url: Option<String>,
    /// Address of issuer metadata that names the key set
    #[arg(long, value_name = "URL", conflicts_with = "url", requires = "issuer")]
    metadata: Option<String>,
    /// With `--metadata`: the `issuer` it must state; with `--bundle`: the issuer's name there
    #[arg(long, value_name = "ISSUER")]
    issuer: Option<String>,
    /// Fetch from where this bundle says
    #[arg(long, short, value_name = "PATH", conflicts_with_all = ["url", "metadata"])]
    bundle: Option<PathBuf>,
    /// Write the key set to this file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    network: NetworkArguments,
}

/// Show a key set
#[derive(Clone, Debug, Args)]
struct Show {
    /// The key set: a file, or `-`
    #[arg(value_name = "FILE")]
    file: String,
}

/// A key set.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "keys")]
pub(super) struct ShownKeys {
    /// Keys that can verify signatures, in document order.
    keys: Vec<ShownKey>,
    /// Keys left out.
    skipped: Vec<ShownSkipped>,
}

/// A key that can verify signatures.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "key")]
struct ShownKey {
    /// `kid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    /// `RSA 2048`, `P-256`, `P-384`, `Ed25519`.
    kind: String,
    /// `alg`, when the set names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    /// Entra's `issuer` member: the issuer, or template of issuers, that the key is good for.
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
}

/// A key that cannot verify signatures here.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "skipped_key")]
struct ShownSkipped {
    /// Position in the document's `keys`.
    index: usize,
    /// `kid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    /// Why it was left out.
    why: String,
}

impl KeysCommand {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        match &self.verb {
            Verb::Fetch(fetch) => fetch.run(screen),
            Verb::Show(show) => {
                let document = Source::from_path(&show.file).bytes(DOCUMENT_LIMIT)?;
                answer(&document, screen)
            }
        }
    }
}

impl Fetch {
    fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let (name, source) = self.source()?;
        let document = self.network.fetch(&name, source)?;
        if let Some(path) = &self.output {
            write_whole(path, &document)?;
        }
        answer(&document, screen)
    }

    fn source(&self) -> Result<(String, KeysSource), Failure> {
        match (&self.url, &self.metadata, &self.bundle) {
            (Some(url), ..) => Ok((url.clone(), KeysSource::JwksUri(self.network.address(url)?))),
            (None, Some(metadata), _) => {
                let issuer = self.issuer.clone().unwrap_or_default();
                let address = self.network.address(metadata)?;
                let issuers = vec![issuer.clone()];
                Ok((issuer, KeysSource::Metadata { address, issuers }))
            }
            (None, None, Some(path)) => self.source_in(path),
            (None, None, None) => {
                Err(Failure::new(code::KEYS_MISSING, "nothing says where to fetch"))
            }
        }
    }

    fn source_in(&self, path: &std::path::Path) -> Result<(String, KeysSource), Failure> {
        let bundle = bundle_source::load(path)?;
        let issuers = &bundle.contents().trust;
        let named = |issuer: &&vicar_bundle::contents::Issuer| {
            self.issuer.as_ref().is_none_or(|name| *name == issuer.trusted.name)
        };
        let mut candidates = issuers.iter().filter(named);
        let (Some(issuer), None) = (candidates.next(), candidates.next()) else {
            let names: Vec<&str> =
                issuers.iter().map(|issuer| issuer.trusted.name.as_str()).collect();
            return Err(Failure::new(code::ISSUER_UNKNOWN, "which issuer's keys is not clear")
                .hint(format!("`--issuer` takes one of: {}", names.join(", "))));
        };
        let name = issuer.trusted.name.clone();
        match remote(issuer, &self.network)? {
            Some(source) => Ok((name, source)),
            None => {
                let message = format!("the keys of issuer `{name}` are in the bundle itself");
                Err(Failure::new(code::KEYS_INLINE, message))
            }
        }
    }
}

fn answer(document: &[u8], screen: &Screen) -> Result<Answer, Failure> {
    let set = Jwks::parse(document).map_err(|error| Failure::new(code::KEYS_MALFORMED, error))?;
    let shown = ShownKeys::of(set);
    screen.answer(Ending::Yes, &shown, |palette| shown.draw(palette))
}

impl ShownKeys {
    fn of(set: Jwks) -> Self {
        let keys = set.keys.into_iter().map(|key| ShownKey {
            key_id: key.key_id,
            kind: kind(&key.key),
            algorithm: key.algorithm.map(|algorithm| algorithm.name().to_owned()),
            issuer: key.issuer,
        });
        let skipped = set.skipped.into_iter().map(|key| ShownSkipped {
            index: key.index,
            key_id: key.key_id,
            why: key.why.to_string(),
        });
        Self { keys: keys.collect(), skipped: skipped.collect() }
    }

    fn draw(&self, palette: &Palette) -> String {
        let mut table = Table::new(["kid", "key", "alg", "good for"]);
        for ShownKey { key_id, kind, algorithm, issuer } in &self.keys {
            let good_for = issuer.as_deref().unwrap_or("");
            let key_id = safe(key_id.as_deref().unwrap_or("(none)"));
            let algorithm = algorithm.as_deref().unwrap_or("any");
            table.row([&key_id, kind, algorithm, &safe(good_for)]);
        }
        for ShownSkipped { key_id, why, .. } in &self.skipped {
            let key_id = safe(key_id.as_deref().unwrap_or("(none)"));
            let dim = Some(Tone::Dim);
            table.toned([(dim, &key_id), (dim, "skipped"), (dim, ""), (dim, &safe(why))]);
        }
        table.draw(palette)
    }
}

fn kind(key: &PublicKey) -> String {
    match key {
        PublicKey::Ed25519 { .. } => "Ed25519".to_owned(),
        PublicKey::P256 { .. } => "P-256".to_owned(),
        PublicKey::P384 { .. } => "P-384".to_owned(),
        PublicKey::Rsa { n, .. } => format!("RSA {}", n.len() * 8),
    }
}
