//! Who reaches what.

use std::net::IpAddr;

use serde_json::json;

use super::{
    configuration::configuration,
    pod::port,
    rendering::{Rendering, all},
};

#[test]
fn the_service_exposes_the_application_and_nothing_else() {
    for rendering in all() {
        let (pod, service) = (rendering.pod(), rendering.only("Service"));
        let application = pod.container("application");
        let exposed: Vec<u64> = service["spec"]["ports"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| port(application, &it["targetPort"]))
            .collect();
        let own = port(application, &json!("http"));
        assert_eq!(exposed, [own], "{}", rendering.folder);
        assert!(listening(rendering).iter().all(|(_, port)| u64::from(*port) != own));
        assert!(service["spec"]["type"].is_null(), "{}", rendering.folder);
        let labels = pod.metadata["labels"].as_object().unwrap();
        for selector in [
            &service["spec"]["selector"],
            &rendering.only("Deployment")["spec"]["selector"]["matchLabels"],
            &rendering.only("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        ] {
            let selector = selector.as_object().unwrap();
            assert!(selector.iter().all(|(key, value)| labels.get(key) == Some(value)));
            assert!(!selector.is_empty(), "{}", rendering.folder);
        }
    }
}

#[test]
fn vicar_answers_the_application_over_loopback_only() {
    for rendering in all() {
        let application = rendering.pod().container("application");
        let variables = application["env"].as_array().unwrap();
        let url = variables.iter().find(|it| it["name"] == "SIDECAR_URL").unwrap();
        let url = url["value"].as_str().unwrap();
        let wanted: u16 = url.strip_prefix("http://localhost:").unwrap().parse().unwrap();
        let (loopback, open): (Vec<_>, Vec<_>) =
            listening(rendering).into_iter().partition(|(address, _)| address.is_loopback());
        assert!(loopback.iter().any(|(_, port)| *port == wanted), "{}", rendering.folder);
        assert!(open.iter().all(|(_, port)| *port != wanted), "{}", rendering.folder);
    }
}

#[test]
fn the_kubelet_asks_where_vicar_answers_strangers() {
    for rendering in all() {
        let vicar = rendering.pod().vicar();
        let open: Vec<u64> = listening(rendering)
            .into_iter()
            .filter(|(address, _)| address.is_unspecified())
            .map(|(_, port)| port.into())
            .collect();
        for (probe, path) in [
            ("startupProbe", "/healthz"),
            ("readinessProbe", "/readyz"),
            ("livenessProbe", "/healthz"),
        ] {
            let get = &vicar[probe]["httpGet"];
            assert_eq!(get["path"], path, "{} {probe}", rendering.folder);
            assert!(open.contains(&port(vicar, &get["port"])), "{} {probe}", rendering.folder);
            assert!(get["host"].is_null() && get["scheme"].is_null(), "the pod's address, http");
        }
        let declared = vicar["ports"].as_array().unwrap();
        assert!(declared.iter().all(|it| open.contains(&it["containerPort"].as_u64().unwrap())));
    }
}

#[test]
fn only_the_applications_port_is_let_in_and_no_metadata_service_out() {
    for rendering in all() {
        let policy = &rendering.only("NetworkPolicy")["spec"];
        assert_eq!(policy["policyTypes"], json!(["Ingress", "Egress"]), "{}", rendering.folder);
        for rule in policy["ingress"].as_array().unwrap() {
            assert_eq!(rule["ports"], json!([{ "protocol": "TCP", "port": "http" }]));
            assert!(rule["from"].as_array().is_some_and(|from| !from.is_empty()));
        }
        for rule in policy["egress"].as_array().unwrap() {
            for to in rule["to"].as_array().unwrap() {
                if to["ipBlock"]["cidr"] == "0.0.0.0/0" {
                    let except = to["ipBlock"]["except"].as_array().unwrap();
                    assert!(except.contains(&json!("169.254.0.0/16")), "{}", rendering.folder);
                }
                assert!(to.as_object().is_some_and(|to| !to.is_empty()), "not just anywhere");
            }
        }
    }
}

fn listening(rendering: &Rendering) -> Vec<(IpAddr, u16)> {
    let listen = configuration(rendering).listen;
    listen.into_iter().map(|listen| (listen.address.ip(), listen.address.port())).collect()
}
