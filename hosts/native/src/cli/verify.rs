//! `vicar verify`: is the token genuine, and whom does it speak of?

use clap::Args;
use schemars::JsonSchema;
use serde::Deserialize;
use vicar::inspect::likely_profile;
use vicar_bundle::{
    Bundle, Contents,
    contents::{Answers, Issuer, KeySource},
    surface::Surface,
};
use vicar_identity::Directory;
use vicar_policy::Program;
use vicar_token::{
    Algorithm, Cloud, IssuerRule, TrustedIssuer, Unverified,
    issuer::{EntraIssuer, IssuerForm},
};

use super::{
    engine_choice::EngineArguments,
    identity_view::{self, IdentityView},
    keys_input::KeysArguments,
    screen::{Answer, Ending, Screen, heading},
    time::{Clock, in_words, relative},
    token_input::TokenArguments,
    verdict_view::bullet,
};
use crate::{
    bundle_source,
    engine::Verification,
    failure::{Failure, code},
    terminal::{Palette, Tone, safe},
};

/// Verify a token: exit status 0 genuine, 1 refused, 2 cannot say
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Verify {
    #[command(flatten)]
    token: TokenArguments,
    /// Trust the issuers of this bundle, on its terms
    #[arg(
        long,
        short,
        value_name = "PATH",
        env = "VICAR_BUNDLE",
        required_unless_present = "issuer"
    )]
    bundle: Option<std::path::PathBuf>,
    /// Without a bundle: trust this `iss`
    #[arg(long, value_name = "ISS", conflicts_with = "bundle", requires = "audience")]
    issuer: Option<String>,
    /// Without a bundle: accept this `aud`
    #[arg(long, value_name = "AUD", conflicts_with = "bundle")]
    audience: Vec<String>,
    /// Without a bundle: accept this signature algorithm
    #[arg(long, value_name = "ALG", default_value = "RS256", value_parser = algorithm)]
    algorithm: Vec<Algorithm>,
    #[command(flatten)]
    keys: KeysArguments,
    #[command(flatten)]
    clock: Clock,
    #[command(flatten)]
    engine: EngineArguments,
}

/// A verified token.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "admission")]
pub(super) struct AdmissionView {
    /// Always `true`.
    #[expect(dead_code, reason = "part of the documented JSON; the heading says it")]
    verified: bool,
    /// The bundle's name of the issuer.
    issuer: String,
    /// `kid` of the key that verified it.
    key_id: Option<String>,
    /// The algorithm.
    algorithm: String,
    /// `exp`, seconds since 1970.
    expires_at: u64,
    /// Who acts for whom, as a sentence.
    summary: String,
    /// The same in parts.
    identity: IdentityView,
}

/// A refused token.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "refusal")]
pub(super) struct RefusalView {
    /// The stable reason code, see `docs/reasons.md`.
    pub(super) reason: String,
    /// The HTTP status that goes with it.
    pub(super) status: u16,
    /// What was seen and what was wanted.
    pub(super) message: String,
    /// What would change the answer.
    pub(super) remedy: String,
}

impl Verify {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let token = self.token.required()?;
        let now = self.clock.now()?;
        let bundle = match (&self.bundle, &self.issuer) {
            (Some(path), _) => bundle_source::load(path)?,
            (None, Some(issuer)) => self.bundle_of(issuer, &token)?,
            (None, None) => return Err(Failure::new(code::ISSUER_MISSING, "no issuer is named")),
        };
        let mut gate = self.engine.open(screen)?.load(&bundle.to_bytes())?;
        self.keys.provide(&mut *gate, &bundle, Some(&token))?;
        let answer = match gate.verify(&token, now)? {
            Verification::Admitted(json) => screen.canonical(Ending::Yes, &json, |palette| {
                let view: AdmissionView = serde_json::from_str(&json)
                    .map_err(|error| Failure::json("the identity", &error))?;
                Ok(view.draw(now, palette))
            }),
            Verification::Refused(json) => screen.canonical(Ending::No, &json, |palette| {
                let view: RefusalView = serde_json::from_str(&json)
                    .map_err(|error| Failure::json("the refusal", &error))?;
                Ok(view.draw(palette))
            }),
        }?;
        let note = match self.keys.test_keys() {
            true => "warning: the published test keys are trusted; the answer proves nothing\n",
            false => "",
        };
        Ok(Answer { note: note.to_owned(), ..answer })
    }

    /// A bundle that trusts one issuer and permits nothing.
    fn bundle_of(&self, issuer: &str, token: &str) -> Result<Bundle, Failure> {
        let unusable = |error: &dyn std::fmt::Display| Failure::new(code::TRUST_UNUSABLE, error);
        let keys = if self.keys.test_keys() {
            // Replaced by the test keys before anything is verified.
            br#"{"keys":[]}"#.to_vec()
        } else {
            self.keys.read(issuer, self.keys.only()?)?
        };
        let keys = String::from_utf8(keys).map_err(|error| unusable(&error))?;
        let rule = rule(issuer);
        // Lenient terms: what the token says is shown, and nothing is permitted.
        let claims = Unverified::parse(token).map(|token| token.claims().clone());
        let profile = likely_profile(&claims.unwrap_or_default());
        let single_audience = matches!(rule, IssuerRule::EntraTenants { .. });
        let mut audiences = self.audience.clone();
        audiences.sort();
        audiences.dedup();
        let mut algorithms = self.algorithm.clone();
        algorithms.sort();
        algorithms.dedup();
        let program = Program::compile(Vec::new()).map_err(|error| unusable(&error))?;
        Bundle::new(Contents {
            name: "command-line".to_owned(),
            trust: vec![Issuer {
                trusted: TrustedIssuer {
                    name: "issuer".to_owned(),
                    issuer: rule,
                    algorithms,
                    audiences,
                    single_audience,
                    clock_skew_seconds: 60,
                    max_lifetime_seconds: LONGEST_LIFETIME,
                    require_issued_at: false,
                },
                profile,
                keys: KeySource::Inline(keys),
                claims: Vec::new(),
            }],
            directory: Directory::default(),
            surface: Surface::default(),
            answers: Answers {
                shadow: false,
                detail: true,
                realm: None,
                resource_metadata: None,
                authorization_uri: None,
            },
            exchange: None,
            program: program.to_bytes(),
        })
        .map_err(|error| Failure::new(error.reason().code, error))
    }
}

/// The rule that goes with an `iss`.
fn rule(issuer: &str) -> IssuerRule {
    if let Some(trust_domain) = issuer.strip_prefix("spiffe://") {
        return IssuerRule::SpiffeTrustDomain(trust_domain.to_owned());
    }
    match EntraIssuer::parse(issuer) {
        Some(entra) => IssuerRule::EntraTenants {
            cloud: entra.clouds.first().copied().unwrap_or(Cloud::Public),
            tenants: vec![entra.tenant.to_owned()],
            v1: entra.form == IssuerForm::EntraV1,
            v2: entra.form == IssuerForm::EntraV2,
        },
        None => IssuerRule::Exact(issuer.to_owned()),
    }
}

impl AdmissionView {
    fn draw(&self, now: u64, palette: &Palette) -> String {
        let key = self.key_id.as_deref().map_or_else(String::new, |id| format!(", key {id}"));
        let mut text = format!(
            "{}  issuer {}{}, {}\n",
            palette.paint(Tone::Good, "✔ verified"),
            safe(&self.issuer),
            safe(&key),
            self.algorithm
        );
        text.push_str(&bullet("·", &safe(&self.summary), palette));
        let expires = in_words(self.expires_at);
        let until = format!("expires {expires} ({})", relative(self.expires_at, now));
        text.push_str(&bullet("·", &until, palette));
        text.push_str(&heading(palette, "Who"));
        text.push_str(&self.identity.chain().draw(palette));
        text.push('\n');
        text.push_str(&identity_view::draw(&self.identity, palette));
        text
    }
}

impl RefusalView {
    fn draw(&self, palette: &Palette) -> String {
        let mark = palette.paint(Tone::Bad, "✘ refused");
        let mut text = format!("{mark}  {} ({})\n", self.reason, self.status);
        text.push_str(&bullet("·", &safe(&self.message), palette));
        if !self.remedy.is_empty() {
            text.push_str(&bullet("→", &safe(&self.remedy), palette));
        }
        text
    }
}

/// Reads an algorithm's JOSE name.
pub(super) fn algorithm(name: &str) -> Result<Algorithm, String> {
    Algorithm::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect();
        format!("wanted one of {}", names.join(", "))
    })
}

/// A week: longer than any issuer's access tokens.
const LONGEST_LIFETIME: u32 = 7 * 24 * 3600;

const EXAMPLES: &str = "\
Examples:
  vicar verify @token.txt --bundle policies/reference
  vicar verify - --issuer https://id.example --audience https://api.example --keys jwks.json";
