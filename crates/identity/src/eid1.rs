//! The subject of T1, `/eid1/c/<cloud>/t/<tenant>/a/<blueprint>/<path>`, for inspection only.
//!
//! The format is observed, not documented; nothing is ever decided on it.

use vicar_token::base64url;

use crate::guid;

/// What every such subject starts with.
pub const PREFIX: &str = "/eid1/";

/// The parts of such a subject.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ExchangeSubject {
    /// The cloud's code: `pub`, `usg` (US Government), `chn` (China).
    pub cloud: String,
    /// Tenant id.
    pub tenant: String,
    /// App id of the blueprint.
    pub blueprint: String,
    /// What was asked for with `fmi_path`: for an agent identity, its app id.
    pub path: String,
}

impl ExchangeSubject {
    /// Reads the subject; `None` when it has another form.
    pub fn parse(subject: &str) -> Option<Self> {
        let mut parts = subject.strip_prefix(PREFIX)?.splitn(7, '/');
        let mut labelled = |label: &str| (parts.next()? == label).then(|| parts.next())?;
        let cloud = labelled("c")?;
        let tenant = decode(labelled("t")?)?;
        let blueprint = decode(labelled("a")?)?;
        let path = parts.next().filter(|path| !path.is_empty())?;
        Some(Self { cloud: cloud.to_owned(), tenant, blueprint, path: path.to_owned() })
    }

    /// App id of the agent identity that the token was made for.
    pub fn agent(&self) -> Option<String> {
        guid::parse(&self.path)
    }
}

fn decode(encoded: &str) -> Option<String> {
    let bytes = base64url::decode(encoded).ok()?;
    Some(guid::from_little_endian(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
    const BLUEPRINT: &str = "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a";
    const AGENT: &str = "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b";

    #[test]
    fn a_subject_names_tenant_blueprint_and_agent() {
        let subject = ExchangeSubject::parse(&format!(
            "/eid1/c/pub/t/Uho-fcCUH0yLai8MVeGpAQ/a/Ae7_wB5bKk2adx8uPUxbag/{AGENT}"
        ))
        .unwrap();
        assert_eq!(subject.cloud, "pub");
        assert_eq!(subject.tenant, TENANT);
        assert_eq!(subject.blueprint, BLUEPRINT);
        assert_eq!(subject.agent().as_deref(), Some(AGENT));
    }

    #[test]
    fn the_exchange_resource_is_a_check_vector() {
        let guid = "fb60f99c-7a34-4190-8149-302f77469936";
        assert_eq!(decode("nPlg-zR6kEGBSTAvd0aZNg").as_deref(), Some(guid));
    }

    #[test]
    fn a_longer_path_is_kept_and_is_no_agent() {
        let subject = ExchangeSubject::parse(
            "/eid1/c/usg/t/Uho-fcCUH0yLai8MVeGpAQ/a/Ae7_wB5bKk2adx8uPUxbag/n/plugin/e/1",
        )
        .unwrap();
        assert_eq!(subject.path, "n/plugin/e/1");
        assert_eq!(subject.agent(), None);
    }

    #[test]
    fn other_subjects_are_not_decoded() {
        for subject in [
            "",
            "/eid1/",
            "/eid2/c/pub/t/Uho-fcCUH0yLai8MVeGpAQ/a/Ae7_wB5bKk2adx8uPUxbag/x",
            "/eid1/c/pub/t/Uho-fcCUH0yLai8MVeGpAQ==/a/Ae7_wB5bKk2adx8uPUxbag/x",
            "/eid1/c/pub/t/Uho-fcCUH0yLai8MVeGp/a/Ae7_wB5bKk2adx8uPUxbag/x",
            "/eid1/c/pub/a/Ae7_wB5bKk2adx8uPUxbag/t/Uho-fcCUH0yLai8MVeGpAQ/x",
            "/eid1/c/pub/t/Uho-fcCUH0yLai8MVeGpAQ/a/Ae7_wB5bKk2adx8uPUxbag/",
        ] {
            assert_eq!(ExchangeSubject::parse(subject), None, "{subject}");
        }
    }
}
