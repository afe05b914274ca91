//! `vicar mint`: test tokens, signed with keys that everyone knows.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::Value;
use vicar_token::Algorithm;

use super::{
    screen::{Answer, Ending, Screen},
    time::Clock,
    verify::algorithm,
};
use crate::{
    bundle_source,
    failure::{Failure, code, excerpt},
    input::{DOCUMENT_LIMIT, Source},
    mint::{Damage, KeyNumber, Members, MintError, Recipe, key_set},
    output_file::write_whole,
};

/// UNSAFE: sign a test token with a key that is published with this program
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Mint {
    /// The claims as JSON: `@FILE`, `-`, or the text itself
    #[arg(value_name = "CLAIMS", required_unless_present = "jwks")]
    claims: Option<String>,
    /// The issuer's name in the bundle: part of the default `kid`
    #[arg(long, value_name = "NAME", default_value = "test")]
    issuer: String,
    /// Sign as this bundle's issuer: its key, and its first algorithm unless `--algorithm` is given
    #[arg(long, short, value_name = "PATH", conflicts_with = "key", env = "VICAR_BUNDLE")]
    bundle: Option<PathBuf>,
    /// The signature algorithm; RS256 if neither this nor `--bundle` is given
    #[arg(long, short, visible_alias = "alg", value_name = "ALG", value_parser = algorithm)]
    algorithm: Option<Algorithm>,
    /// Which test key, 1 to 8
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    key: usize,
    /// The header's `kid`; `<issuer>-<algorithm>` if absent
    #[arg(long, value_name = "KID", conflicts_with = "no_kid")]
    kid: Option<String>,
    /// Leave `kid` out of the header
    #[arg(long)]
    no_kid: bool,
    /// Header members to set, as JSON; null removes
    #[arg(long, value_name = "JSON")]
    header: Option<String>,
    /// A claim to set, as `name=JSON`; text needs no quotes, `null` removes
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Set `iat` and `nbf` to now, and `exp` to this many seconds later
    #[arg(long, value_name = "SECONDS")]
    expires_in: Option<u64>,
    /// What happens to the signed text
    #[arg(long, value_name = "KIND", value_parser = damage)]
    damage: Vec<Damage>,
    /// Also write the public key set, or only that where there are no claims
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    #[command(flatten)]
    clock: Clock,
}

/// A test token.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "mint")]
pub(super) struct Minted {
    /// Always `true`: the private key is public.
    #[serde(rename = "unsafe")]
    is_unsafe: bool,
    /// The signed token.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// The public key set that verifies it.
    jwks: Value,
}

impl Mint {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let (number, algorithm) = self.signer()?;
        let set = key_set(&self.issuer, &[algorithm], number)?;
        let token = self.claims.as_deref().map(|claims| self.token(claims, algorithm, number));
        let minted = Minted {
            is_unsafe: true,
            token: token.transpose()?,
            jwks: serde_json::from_str(&set)
                .map_err(|error| Failure::json("the key set", &error))?,
        };
        if let Some(path) = &self.jwks {
            write_whole(path, format!("{set}\n").as_bytes())?;
        }
        let answer = screen.answer(Ending::Yes, &minted, |_| {
            minted.token.as_ref().map_or_else(String::new, |token| format!("{token}\n"))
        })?;
        Ok(Answer { note: NOTE.to_owned(), ..answer })
    }

    fn signer(&self) -> Result<(KeyNumber, Algorithm), Failure> {
        let Some(path) = &self.bundle else {
            return Ok((
                KeyNumber::from_one(self.key)?,
                self.algorithm.unwrap_or(Algorithm::Rs256),
            ));
        };
        let bundle = bundle_source::load(path)?;
        let issuers = &bundle.contents().trust;
        let position = issuers.iter().position(|issuer| issuer.trusted.name == self.issuer);
        let Some((position, issuer)) =
            position.and_then(|position| Some((position, issuers.get(position)?)))
        else {
            let names: Vec<&str> =
                issuers.iter().map(|issuer| issuer.trusted.name.as_str()).collect();
            let shown = excerpt(&self.issuer);
            let message = format!("the bundle has no issuer `{shown}`");
            return Err(Failure::new(code::ISSUER_UNKNOWN, message)
                .hint(format!("`--issuer` takes one of: {}", names.join(", "))));
        };
        let first = issuer.trusted.algorithms.first().copied().unwrap_or(Algorithm::Rs256);
        Ok((KeyNumber::of_issuer(position), self.algorithm.unwrap_or(first)))
    }

    fn token(
        &self,
        claims: &str,
        algorithm: Algorithm,
        number: KeyNumber,
    ) -> Result<String, Failure> {
        let text = Source::from_argument(claims).bytes(DOCUMENT_LIMIT)?;
        let mut claims = Members::parse("claims", &text)?;
        if let Some(seconds) = self.expires_in {
            let now = self.clock.now()?;
            claims.set("iat", now.into());
            claims.set("nbf", now.into());
            claims.set("exp", now.saturating_add(seconds).into());
        }
        for change in &self.set {
            let (name, value) = split_change(change)?;
            claims.change([(name, &value)]);
        }
        let mut recipe = Recipe::new(&self.issuer, algorithm, number, claims);
        if let Some(kid) = &self.kid {
            recipe.header.set("kid", kid.clone().into());
        }
        if self.no_kid {
            recipe.header.remove("kid");
        }
        if let Some(header) = &self.header {
            let text = Source::from_argument(header).bytes(DOCUMENT_LIMIT)?;
            recipe.header.change(Members::parse("header", &text)?.iter());
        }
        recipe.damage.clone_from(&self.damage);
        Ok(recipe.sign()?)
    }
}

/// `name=value`; the value is JSON, or else text.
fn split_change(change: &str) -> Result<(&str, Value), Failure> {
    let (name, value) =
        change.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
            let shown = excerpt(change);
            Failure::new(code::CLAIM_CHANGE_MALFORMED, format!("`--set {shown}` names no claim"))
                .hint("write it as `--set scp=tools.read` or `--set exp=1790000000`")
        })?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name, value))
}

fn damage(name: &str) -> Result<Damage, String> {
    Damage::from_name(name).map_err(|_| {
        let names: Vec<&str> = Damage::ALL.iter().map(|damage| damage.name()).collect();
        format!("wanted one of {}", names.join(", "))
    })
}

impl From<MintError> for Failure {
    fn from(error: MintError) -> Self {
        let reason = match &error {
            MintError::Document { .. } => code::CLAIMS_MALFORMED,
            _ => code::MINT_REFUSED,
        };
        Self::new(reason, error)
    }
}

const NOTE: &str = "warning: UNSAFE test token: its private key is published with vicar\n";

const EXAMPLES: &str = "\
Examples:
  vicar mint @claims.json --expires-in 3600 --jwks jwks.json > token.txt
  vicar mint @claims.json --bundle policies/reference --issuer entra | \\
    vicar decide - --bundle policies/reference --test-keys --url https://mcp.example/mcp";
