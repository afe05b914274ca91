//! A bundle that is fetched, pinned by its digest, and shared among the workers.

use vicar_bundle::{Bundle, Digest, bundle::LONGEST_BUNDLE};
use vicar_keys::Address;
use vicar_token::UnixSeconds;

use crate::{
    configuration::{BundleFetch, ConfigurationError},
    host::{CallId, NO_VERSION, ProxyHost},
    keys::{read_response, send_to},
};

/// A bundle on its way.
#[derive(Debug)]
pub(super) struct BundleDownload {
    fetch: BundleFetch,
    address: Address,
    call: Option<(CallId, UnixSeconds)>,
    failures: u32,
    not_before: UnixSeconds,
}

impl BundleDownload {
    pub(super) fn new(fetch: &BundleFetch) -> Result<Self, ConfigurationError> {
        let address = Address::https_or_loopback(&fetch.uri)
            .map_err(|error| ConfigurationError::rule("bundle.fetch.uri", error))?;
        Ok(Self { fetch: fetch.clone(), address, call: None, failures: 0, not_before: 0 })
    }

    /// The bundle that another worker, or an earlier configuration, has fetched.
    pub(super) fn shared<H: ProxyHost>(&self, host: &H) -> Option<Vec<u8>> {
        shared(host, &self.fetch.digest)
    }

    /// The bundle that the configuration before had at work.
    pub(super) fn last<H: ProxyHost>(&self, host: &H) -> Option<Vec<u8>> {
        let (digest, _) = host.shared(&self.last_key(host)?).ok().flatten()?;
        shared(host, std::str::from_utf8(&digest).ok()?)
    }

    /// Leaves word for the next configuration that this bundle is at work.
    pub(super) fn remember<H: ProxyHost>(&self, host: &H) {
        if let Some(key) = self.last_key(host) {
            // Without it, the next update waits for its bundle.
            let _ = host.set_shared(&key, self.fetch.digest.as_bytes(), NO_VERSION);
        }
    }

    /// Leaves the bundle for other workers.
    pub(super) fn share<H: ProxyHost>(&self, host: &H, file: &[u8]) {
        // Somebody else's copy is as good, and none is no harm.
        let _ = host.set_shared(&shared_key(&self.fetch.digest), file, NO_VERSION);
    }

    /// Asks for it, when that is due.
    ///
    /// # Errors
    /// In words, when it could not be asked for.
    pub(super) fn ask<H: ProxyHost>(&mut self, host: &H, now: UnixSeconds) -> Result<(), String> {
        if self.call.is_some_and(|(_, until)| until > now) || self.not_before > now {
            return Ok(());
        }
        let timeout = self.fetch.timeout_milliseconds;
        match send_to(host, &self.fetch.cluster, &self.address, timeout) {
            Ok(call) => {
                let until = now.saturating_add(u64::from(timeout).div_ceil(1000)).saturating_add(2);
                self.call = Some((call, until));
                Ok(())
            }
            Err(status) => {
                Err(self.failed(now, &format!("cluster `{}`: {status}", self.fetch.cluster)))
            }
        }
    }

    /// Takes an answer, if it is this call's.
    pub(super) fn answered<H: ProxyHost>(
        &mut self,
        host: &H,
        call: CallId,
        fields: usize,
        length: usize,
        now: UnixSeconds,
    ) -> Option<Result<Vec<u8>, String>> {
        self.call.take_if(|(sent, _)| *sent == call)?;
        let answer = read_response(host, fields, length, LONGEST_BUNDLE);
        let checked = answer.map_err(|error| error.to_string()).and_then(|answer| {
            if answer.status != 200 {
                return Err(format!("the answer has status {}, wanted 200", answer.status));
            }
            check(&answer.body, &self.fetch.digest).map(|()| answer.body)
        });
        Some(checked.map_err(|why| self.failed(now, &why)))
    }

    /// Counts a failure; the sentence to log. The pause doubles up to a minute.
    fn failed(&mut self, now: UnixSeconds, why: &str) -> String {
        let pause = 1_u64 << self.failures.min(6);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.saturating_add(pause.min(60));
        format!("bundle: {why}; next attempt in {} seconds", pause.min(60))
    }

    /// What tells this filter from others of its virtual machine; nothing where the proxy does
    /// not say.
    fn last_key<H: ProxyHost>(&self, host: &H) -> Option<String> {
        let said = |what| host.property(&[what]).ok().flatten();
        let (name, root) = (said("plugin_name")?, said("plugin_root_id")?);
        let cluster = self.fetch.cluster.as_bytes();
        let told_apart = [name.as_slice(), b"\0", &root, b"\0", cluster].concat();
        Some(format!("vicar.last.{}", Digest::of(&told_apart)))
    }
}

fn shared<H: ProxyHost>(host: &H, digest: &str) -> Option<Vec<u8>> {
    let (file, _) = host.shared(&shared_key(digest)).ok().flatten()?;
    check(&file, digest).is_ok().then_some(file)
}

fn shared_key(digest: &str) -> String {
    format!("vicar.bundle.{digest}")
}

fn check(file: &[u8], wanted: &str) -> Result<(), String> {
    let bundle = Bundle::load(file).map_err(|error| error.to_string())?;
    let digest = bundle.digest().to_string();
    if digest == wanted {
        Ok(())
    } else {
        Err(format!("its digest is `{digest}`, wanted `{wanted}`"))
    }
}
