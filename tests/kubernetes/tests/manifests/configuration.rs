//! The environment of the container `vicar` is one that `vicar serve` takes, key by key.

use std::collections::BTreeMap;

use serde_json::json;
use vicar_exchange::{Credential, cloud::NATIONAL_CLOUDS};
use vicar_native::serve::{Configuration, Variables, configuration::variables_of_bundle};

use super::{
    bundle::{built, mounted},
    pod::mounts,
    rendering::{Rendering, all, of},
};

/// Where the webhook says that the token is; another path in each of its generations.
const WEBHOOKS_FILE: &str = "/var/run/secrets/azure/wi/token/azure-identity-token";

/// What `vicar serve` reads: the bundle's exchange section, and over it the environment. The webhook
/// names its file to the containers of pods with its label.
pub(crate) fn variables(rendering: &Rendering) -> Variables {
    let mut environment = rendering.environment();
    if rendering.pod().metadata["labels"]["azure.workload.identity/use"] == "true" {
        environment.insert("AZURE_FEDERATED_TOKEN_FILE".to_owned(), WEBHOOKS_FILE.to_owned());
    }
    layers(rendering, environment)
}

fn layers(rendering: &Rendering, environment: BTreeMap<String, String>) -> Variables {
    Variables::layers([of_the_bundle(rendering), environment.into_iter().collect()])
}

fn of_the_bundle(rendering: &Rendering) -> Vec<(String, String)> {
    let compiled = built(&mounted(rendering).into_iter().collect());
    let exchange = compiled.bundle.exchange().unwrap().unwrap();
    variables_of_bundle(&exchange, |name| panic!("the bundle wants the variable {name}"))
}

pub(crate) fn configuration(rendering: &Rendering) -> Configuration {
    Configuration::read(&variables(rendering)).unwrap_or_else(|problems| {
        panic!("{}: {:?}", rendering.folder, problems.iter().collect::<Vec<_>>())
    })
}

#[test]
fn every_key_is_one_that_vicar_reads() {
    for rendering in all() {
        // A key that nobody reads is named in a warning.
        let warnings = configuration(rendering).warnings;
        let unsafe_secret = rendering.folder.starts_with("overlays/UNSAFE-");
        match warnings.as_slice() {
            [] if !unsafe_secret => {}
            [one] if unsafe_secret => assert!(one.contains("client secret: unsafe"), "{one}"),
            _ => panic!("{}: {warnings:?}", rendering.folder),
        }
        // One outside the sidecar's sections is not even looked at.
        for (name, value) in rendering.environment() {
            let alone = Variables::new([(name.clone(), value)]);
            let known = alone.unread().next().is_some() || name == "VICAR_BUNDLE";
            assert!(known, "{}: {name}", rendering.folder);
        }
    }
}

#[test]
fn the_variables_repeat_nothing_that_the_bundle_says() {
    for rendering in all() {
        let bundle = of_the_bundle(rendering);
        let bundle =
            Variables::new(bundle.into_iter().map(|(name, _)| (name, "bundle".to_owned())));
        let both: Vec<_> = rendering
            .environment()
            .into_keys()
            .filter(|name| bundle.get(&name.replace("__", ":")).is_some())
            .collect();
        // The overlays with another credential.
        let credential = both.iter().all(|name| name.starts_with("AzureAd__ClientCredentials__"));
        assert!(credential, "{}: {both:?}", rendering.folder);
    }
}

#[test]
fn a_key_with_a_typo_would_be_noticed() {
    for (name, noticed) in [("AzureAd__TenentId", "a warning"), ("AzureAd_TenantId", "a stranger")]
    {
        let mut environment = of("base").environment();
        environment.insert(name.to_owned(), "x".to_owned());
        let configuration = Configuration::read(&layers(of("base"), environment)).unwrap();
        let warned = !configuration.warnings.is_empty();
        let alone = Variables::new([(name.to_owned(), "x".to_owned())]);
        let stranger = alone.unread().next().is_none();
        assert_eq!((warned, stranger), (noticed == "a warning", noticed == "a stranger"), "{name}");
    }
}

#[test]
fn the_projected_token_is_for_entra_and_where_the_configuration_says() {
    let entra = NATIONAL_CLOUDS[0].exchange_audience;
    assert_eq!(entra, "api://AzureADTokenExchange");
    let mut seen = 0;
    for rendering in all() {
        let pod = rendering.pod();
        for mount in mounts(pod.vicar()) {
            let volume = pod.volume(mount["name"].as_str().unwrap());
            for source in volume["projected"]["sources"].as_array().into_iter().flatten() {
                let token = &source["serviceAccountToken"];
                assert_eq!(token["audience"], entra, "{}", rendering.folder);
                let seconds = token["expirationSeconds"].as_u64().unwrap();
                assert!((600..=86_400).contains(&seconds), "{}", rendering.folder);
                assert_eq!(mount["readOnly"], true, "{}", rendering.folder);
                // With it, a new token would never reach the container.
                assert!(mount["subPath"].is_null(), "{}", rendering.folder);
                let folder = mount["mountPath"].as_str().unwrap();
                let file = format!("{folder}/{}", token["path"].as_str().unwrap());
                let wanted = Credential::ServiceAccountToken { file };
                assert_eq!(configuration(rendering).entra.credential, wanted);
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 2, "the base and kind");
}

#[test]
fn the_webhooks_token_is_used_and_nothing_else() {
    let rendering = of("overlays/workload-identity");
    let pod = rendering.pod();
    assert_eq!(pod.metadata["labels"]["azure.workload.identity/use"], "true");
    assert!(pod.volumes().iter().all(|volume| volume["projected"].is_null()));
    let entra = configuration(rendering).entra;
    let annotations = &rendering.only("ServiceAccount")["metadata"]["annotations"];
    for (annotation, wanted) in [("client-id", entra.client), ("tenant-id", entra.tenant)] {
        let value = &annotations[format!("azure.workload.identity/{annotation}")];
        assert_eq!(*value, json!(wanted.to_string()), "{annotation}");
    }
    let wanted = Credential::ServiceAccountToken { file: WEBHOOKS_FILE.to_owned() };
    assert_eq!(entra.credential, wanted);
    // Without the webhook there is no credential, and no start: the bundle's is not there either.
    assert!(Configuration::read(&layers(rendering, rendering.environment())).is_err());
}

#[test]
fn the_sidecar_is_up_before_the_application_and_drains_after_it() {
    for rendering in all() {
        let pod = rendering.pod();
        let init = pod.spec["initContainers"].as_array().unwrap();
        assert_eq!(init.len(), 1, "{}", rendering.folder);
        assert_eq!(init[0]["name"], "vicar", "{}", rendering.folder);
        assert_eq!(init[0]["restartPolicy"], "Always", "a native sidecar");
        assert_eq!(init[0]["args"], json!(["serve"]), "{}", rendering.folder);
        assert!(init[0]["command"].is_null(), "the image's");
        let grace = pod.spec["terminationGracePeriodSeconds"].as_u64().unwrap();
        let drain = configuration(rendering).own.drain_seconds;
        assert!(grace >= 30 + drain, "{}: {grace} s, {drain} of them Vicar's", rendering.folder);
    }
}
