//! What the sidecar stands between: the authority of which tokens are asked, and the application
//! that asks the sidecar.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use vicar_keys::{Address, FetchFailure};

use super::{authority_answers, clock, offline, prerequisite};
use crate::{
    failure::{Failure, code},
    finding::{Finding, reason},
    http::{Carrier, Document, block_on, unix_now},
    oidc::CONFIGURATION_PATH,
    serve::{Configuration, configuration::Listen},
};

const SIDECAR: &str = "sidecar";

/// Asks the authority and the sidecar that may be running; nothing is fetched without a `carrier`.
pub(super) fn check(
    configuration: Option<&Configuration>,
    carrier: Option<&Carrier>,
) -> Result<Vec<Finding>, Failure> {
    let checks =
        [authority_answers::AUTHORITY, authority_answers::TOKEN_ENDPOINT, clock::CLOCK, SIDECAR];
    let Some(configuration) = configuration else {
        let remedy = "mend what `configuration` found";
        return Ok(checks.map(|check| prerequisite(check, remedy)).to_vec());
    };
    let Some(carrier) = carrier else { return Ok(checks.map(offline).to_vec()) };
    let (authority, tenant) = (&configuration.entra.authority, &configuration.entra.tenant);
    let known = address(&format!("{}/{tenant}/v2.0/{CONFIGURATION_PATH}", authority.origin()))?;
    let endpoint = address(&authority.token_endpoint(tenant))?;
    let own = configuration.listen.first().and_then(readiness);
    block_on(async {
        let sent = unix_now();
        let answer = carrier.document(&known, None).await;
        let came = unix_now();
        let refusal = carrier.empty_form(&endpoint).await;
        let date = answer.as_ref().ok().and_then(|document| document.date.as_deref());
        let sidecar = match &own {
            Some(own) => sidecar(&carrier.document(own, None).await, own),
            None => Finding::without_object(SIDECAR, "it listens nowhere that is known before"),
        };
        vec![
            authority_answers::configuration(&answer, authority, tenant),
            authority_answers::token_endpoint(&refusal, authority),
            clock::check(date, sent, came),
            sidecar,
        ]
    })
}

/// Plain loopback is an emulator's, which only the configuration can name.
fn address(text: &str) -> Result<Address, Failure> {
    Address::https_or_loopback(text).map_err(|error| Failure::new(code::ADDRESS_REFUSED, error))
}

/// Where the sidecar of this configuration says whether it is ready.
fn readiness(listen: &Listen) -> Option<Address> {
    let (ip, port) = (listen.address.ip(), listen.address.port());
    let host = match ip {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    let at = SocketAddr::new(host, port);
    (port != 0).then(|| Address::https_or_loopback(&format!("http://{at}/readyz")).ok())?
}

fn sidecar(answer: &Result<Document, FetchFailure>, at: &Address) -> Finding {
    match answer {
        Ok(document) if document.status == 200 => Finding::ok(SIDECAR, format!("ready at `{at}`")),
        Ok(document) => Finding::warning(
            SIDECAR,
            reason::SIDECAR_NOT_READY_YET,
            format!("`{at}` answers with status {}", document.status),
            "status 200",
            "wait for it; its log says which keys it could not fetch",
        ),
        Err(_) => Finding::not_checked(
            SIDECAR,
            reason::SIDECAR_SILENT,
            format!("nothing answers at `{at}`"),
            "start it; its log says why it ended",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    #[test]
    fn the_sidecar_is_asked_where_it_listens() {
        for (listen, asked) in [
            ("127.0.0.1:5000", Some("http://127.0.0.1:5000/readyz")),
            ("[::1]:5000", Some("http://[::1]:5000/readyz")),
            ("[::]:5000", Some("http://127.0.0.1:5000/readyz")),
            ("0.0.0.0:80", Some("http://127.0.0.1:80/readyz")),
            ("127.0.0.1:0", None),
            ("10.1.2.3:5000", None),
        ] {
            let listen = Listen { address: listen.parse().unwrap(), optional: false };
            assert_eq!(readiness(&listen).as_ref().map(Address::as_str), asked);
        }
    }

    #[test]
    fn a_sidecar_is_ready_not_yet_or_silent() {
        let at = Address::https_or_loopback("http://127.0.0.1:5000/readyz").unwrap();
        let answer = |status| Ok(Document { status, date: None, body: Vec::new() });
        for (answer, outcome) in [
            (answer(200), Outcome::Ok),
            (answer(503), Outcome::Warning),
            (Err(FetchFailure::Deadline), Outcome::NotChecked),
        ] {
            assert_eq!(sidecar(&answer, &at).outcome, outcome);
        }
    }
}
