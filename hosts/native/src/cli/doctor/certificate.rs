//! A certificate credential's time.

use std::fs;

use rustls::pki_types::{CertificateDer, pem::PemObject};
use vicar_exchange::Credential;
use vicar_token::UnixSeconds;
use x509_cert::{Certificate, der::Decode};

use crate::{
    cli::time::{in_words, relative},
    finding::{Finding, reason},
};

pub(super) const CERTIFICATE: &str = "certificate";

/// Looks at the certificate of a credential that is one. Its key is the path of its file.
pub(super) fn check(credential: Option<&Credential>, now: UnixSeconds) -> Finding {
    let Some(Credential::Certificate { key: path, .. }) = credential else {
        return Finding::without_object(CERTIFICATE, "the credential is no certificate");
    };
    let pem = fs::read(path).map_err(|error| error.to_string());
    let times = pem.and_then(|pem| times(&pem).ok_or_else(|| "it is not X.509 in PEM".to_owned()));
    match times {
        Ok((begin, end)) => time(begin, end, now),
        Err(why) => Finding::failed(
            CERTIFICATE,
            reason::CERTIFICATE_UNREADABLE,
            why,
            "a certificate in PEM form",
            "mount the certificate as a file that this user can read",
        ),
    }
}

fn times(pem: &[u8]) -> Option<(UnixSeconds, UnixSeconds)> {
    let der = CertificateDer::from_pem_slice(pem).ok()?;
    let certificate = Certificate::from_der(&der).ok()?;
    let validity = certificate.tbs_certificate().validity();
    let seconds = |time: x509_cert::time::Time| time.to_unix_duration().as_secs();
    Some((seconds(validity.not_before), seconds(validity.not_after)))
}

fn time(begin: UnixSeconds, end: UnixSeconds, now: UnixSeconds) -> Finding {
    let remedy = "make a new certificate and upload it to the blueprint before this one ends";
    let ends = format!("it ends {} ({})", in_words(end), relative(end, now));
    if begin > now {
        let seen = format!("it begins {} ({})", in_words(begin), relative(begin, now));
        let wanted = "a certificate that is good now";
        return Finding::failed(CERTIFICATE, reason::CERTIFICATE_EXPIRED, seen, wanted, remedy);
    }
    if end <= now {
        let wanted = "a certificate that is good now";
        return Finding::failed(CERTIFICATE, reason::CERTIFICATE_EXPIRED, ends, wanted, remedy);
    }
    if end.saturating_sub(now) < SOON {
        let (soon, wanted) = (reason::CERTIFICATE_EXPIRES_SOON, "more than a month");
        return Finding::warning(CERTIFICATE, soon, ends, wanted, remedy);
    }
    Finding::ok(CERTIFICATE, ends)
}

/// A month, in seconds.
const SOON: u64 = 30 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_good_now_and_for_a_month() {
        let pem = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), pem.cert.pem()).unwrap();
        let credential = Credential::Certificate {
            key: file.path().to_str().unwrap().to_owned(),
            thumbprint: vicar_exchange::credential::Thumbprint::of_certificate(pem.cert.der()),
        };
        let (begin, end) = times(pem.cert.pem().as_bytes()).unwrap();
        for (now, reason) in [
            (begin, None),
            (end - SOON + 1, Some("certificate_expires_soon")),
            (end, Some("certificate_expired")),
            (begin - 1, Some("certificate_expired")),
        ] {
            assert_eq!(check(Some(&credential), now).reason.as_deref(), reason, "{now}");
        }
        fs::write(file.path(), "nonsense").unwrap();
        let finding = check(Some(&credential), begin);
        assert_eq!(finding.reason.as_deref(), Some("certificate_unreadable"));
        assert_eq!(check(None, begin).reason.as_deref(), Some("not_applicable"));
    }
}
