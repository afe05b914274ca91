//! Keys for a gate: named on the command line, built-in test keys, or from where the bundle says.

use std::path::PathBuf;

use vicar_bundle::{
    Bundle,
    contents::{Issuer, KeySource},
};
use vicar_keys::{Address, Event, KeyKeeper, Limits, Source as KeysSource};
use vicar_token::{TrustedIssuer, Unverified, issuer::select, reason::KEYS_UNAVAILABLE};

use crate::{
    engine::GateEngine,
    failure::{Failure, code, excerpt},
    http::{Carrier, unix_now},
    input::{DOCUMENT_LIMIT, Source, certificate_authorities},
    mint::{self, KeyNumber},
};

/// Where keys come from.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Keys")]
pub(super) struct KeysArguments {
    /// A key set: a file, an `https` address, or `-`; with more than one issuer `ISSUER=SOURCE`
    #[arg(long, value_name = "[ISSUER=]SOURCE")]
    keys: Vec<String>,
    /// UNSAFE: trust the published test keys that `vicar mint` signs with
    #[arg(long, conflicts_with = "keys")]
    test_keys: bool,
    /// Fetch nothing
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    pub(super) network: NetworkArguments,
}

/// How to reach issuers.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct NetworkArguments {
    /// Trust these certificate authorities (PEM) instead of the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Permit plain `http` to this machine
    #[arg(long)]
    allow_loopback_http: bool,
}

impl NetworkArguments {
    pub(super) fn carrier(&self) -> Result<Carrier, Failure> {
        let authority = certificate_authorities(self.ca.as_deref())?;
        Carrier::new(authority.as_deref())
    }

    pub(super) fn address(&self, text: &str) -> Result<Address, Failure> {
        let address = if self.allow_loopback_http {
            Address::https_or_loopback(text)
        } else {
            Address::https(text)
        };
        address.map_err(|error| Failure::new(code::ADDRESS_REFUSED, error))
    }

    /// Fetches one source once: the key set, or why there is none.
    pub(super) fn fetch(&self, issuer: &str, source: KeysSource) -> Result<Vec<u8>, Failure> {
        let now = unix_now();
        let mut keeper = KeyKeeper::new(Limits::default(), now)
            .map_err(|error| Failure::new(code::KEYS_UNUSABLE, error))?;
        keeper
            .watch(issuer, source, now)
            .map_err(|error| Failure::new(code::KEYS_UNUSABLE, error))?;
        let mut failure = Failure::new(KEYS_UNAVAILABLE.code, "no keys came");
        for event in self.carrier()?.settle(&mut keeper)? {
            match event {
                Event::KeysReplaced { document, .. } => return Ok(document.to_vec()),
                Event::FetchFailed { address, why, .. } => {
                    let message = format!("no keys of issuer `{issuer}` from `{address}`: {why}");
                    failure = Failure::new(KEYS_UNAVAILABLE.code, message);
                }
                _ => {}
            }
        }
        Err(failure.hint("`--keys FILE` takes a key set that you have already"))
    }
}

impl KeysArguments {
    /// Whether the published test keys are trusted.
    pub(super) const fn test_keys(&self) -> bool {
        self.test_keys
    }

    /// Gives the gate the keys it needs for `token`.
    pub(super) fn provide(
        &self,
        gate: &mut dyn GateEngine,
        bundle: &Bundle,
        token: Option<&str>,
    ) -> Result<(), Failure> {
        let issuers = &bundle.contents().trust;
        if self.test_keys {
            return trust_test_keys(gate, bundle);
        }
        let mut named = Vec::new();
        for given in &self.keys {
            let (issuer, source) = issuer_of(given, issuers)?;
            gate.set_keys(issuer, &self.read(issuer, source)?)?;
            named.push(issuer);
        }
        let Some(issuer) = token.and_then(|token| issuer_of_token(token, issuers)) else {
            return Ok(());
        };
        if named.contains(&issuer.trusted.name.as_str()) {
            return Ok(());
        }
        let Some(source) = remote(issuer, &self.network)? else { return Ok(()) };
        let name = &issuer.trusted.name;
        if self.offline {
            let message = format!("the keys of issuer `{name}` would have to be fetched");
            return Err(Failure::new(KEYS_UNAVAILABLE.code, message)
                .hint("take `--offline` away, or name a key set with `--keys`"));
        }
        gate.set_keys(name, &self.network.fetch(name, source)?)?;
        Ok(())
    }

    /// Reads one `--keys` source.
    pub(super) fn read(&self, issuer: &str, source: &str) -> Result<Vec<u8>, Failure> {
        if source.starts_with("https://") || source.starts_with("http://") {
            let address = self.network.address(source)?;
            return self.network.fetch(issuer, KeysSource::JwksUri(address));
        }
        Source::from_path(source).bytes(DOCUMENT_LIMIT)
    }

    /// The only `--keys`, for commands without a bundle.
    pub(super) fn only(&self) -> Result<&str, Failure> {
        match self.keys.as_slice() {
            [one] => Ok(one),
            _ => {
                Err(Failure::new(code::KEYS_MISSING, "without a bundle there must be one `--keys`"))
            }
        }
    }
}

/// Sets the built-in test keys for every issuer, as the test runner does.
pub(super) fn trust_test_keys(gate: &mut dyn GateEngine, bundle: &Bundle) -> Result<(), Failure> {
    for (position, issuer) in bundle.contents().trust.iter().enumerate() {
        let TrustedIssuer { name, algorithms, .. } = &issuer.trusted;
        let set = mint::key_set(name, algorithms, KeyNumber::of_issuer(position))
            .map_err(|error| Failure::new(code::TEST_KEY_UNUSABLE, error))?;
        gate.set_keys(name, set.as_bytes())?;
    }
    Ok(())
}

/// Where an issuer's keys are fetched from; `None` when the bundle holds them.
pub(super) fn remote(
    issuer: &Issuer,
    network: &NetworkArguments,
) -> Result<Option<KeysSource>, Failure> {
    Ok(match &issuer.keys {
        KeySource::Inline(_) => None,
        KeySource::JwksUri(address) => Some(KeysSource::JwksUri(network.address(address)?)),
        KeySource::Metadata(address) => Some(KeysSource::Metadata {
            address: network.address(address)?,
            issuers: KeysSource::metadata_issuers(&issuer.trusted.issuer),
        }),
    })
}

/// Whom the token claims to be from: good enough to choose whose keys to fetch.
fn issuer_of_token<'a>(token: &str, issuers: &'a [Issuer]) -> Option<&'a Issuer> {
    let token = Unverified::parse(token).ok()?;
    let trusted: Vec<TrustedIssuer> = issuers.iter().map(|issuer| issuer.trusted.clone()).collect();
    let name = &select(&trusted, token.claims()).ok()?.issuer.name;
    issuers.iter().find(|issuer| &issuer.trusted.name == name)
}

/// Splits `ISSUER=SOURCE`; the name may be left out where there is one issuer only.
fn issuer_of<'a>(given: &'a str, issuers: &'a [Issuer]) -> Result<(&'a str, &'a str), Failure> {
    let known = |name: &str| issuers.iter().any(|issuer| issuer.trusted.name == name);
    match (given.split_once('='), issuers) {
        (Some((name, source)), _) if known(name) => Ok((name, source)),
        (None, [only]) => Ok((&only.trusted.name, given)),
        (Some(_), [only]) if given.contains("://") => Ok((&only.trusted.name, given)),
        _ => {
            let names: Vec<String> =
                issuers.iter().map(|issuer| format!("`{}`", issuer.trusted.name)).collect();
            let shown = excerpt(given);
            let message = format!("`--keys {shown}` does not say whose keys they are");
            Err(Failure::new(code::KEYS_ISSUER_UNKNOWN, message)
                .hint(format!("write `ISSUER=SOURCE`; the bundle's issuers: {}", names.join(", "))))
        }
    }
}
