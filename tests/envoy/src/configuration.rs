//! Parts of an Envoy configuration.

use std::net::SocketAddr;

use serde_json::{Value, json};

/// A whole bootstrap of these listeners and clusters. Ports are the system's choice.
pub fn bootstrap(listeners: &[Value], clusters: &[Value]) -> Value {
    // Static resources are typed by where they stand.
    let mut listeners = listeners.to_vec();
    for members in listeners.iter_mut().filter_map(Value::as_object_mut) {
        members.remove("@type");
    }
    json!({
        "node": { "id": "test", "cluster": "test" },
        "admin": { "address": address(0) },
        "static_resources": { "listeners": listeners, "clusters": clusters },
    })
}

/// A bootstrap whose listeners come from a file.
pub fn bootstrap_by_lds(source: &Value, clusters: &[Value]) -> Value {
    json!({
        "node": { "id": "test", "cluster": "test" },
        "admin": { "address": address(0) },
        "dynamic_resources": { "lds_config": source },
        "static_resources": { "clusters": clusters },
    })
}

fn address(port: u16) -> Value {
    json!({ "socket_address": { "address": "127.0.0.1", "port_value": port } })
}

/// A listener for HTTP. The router is added behind `filters`.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Its name.
    pub name: String,
    /// HTTP filters, in order.
    pub filters: Vec<Value>,
    /// Routes, the first that matches.
    pub routes: Vec<Value>,
    /// The format of the access log on standard output; none, no log.
    pub access_log: Option<Value>,
    /// More members of the connection manager.
    pub more: Value,
    /// Its port; 0 is the system's choice.
    pub port: u16,
}

impl Listener {
    /// A listener whose every request goes through `filters` to `route`.
    pub fn new(name: &str, filters: Vec<Value>, route: Value) -> Self {
        Self {
            name: name.to_owned(),
            filters,
            routes: vec![route],
            access_log: None,
            more: json!({}),
            port: 0,
        }
    }

    /// The listener as Envoy reads it.
    pub fn to_json(&self) -> Value {
        let mut filters = self.filters.clone();
        filters.push(json!({
            "name": "envoy.filters.http.router",
            "typed_config": { "@type": typed("filters.http.router.v3.Router") },
        }));
        let mut manager = json!({
            "@type": typed("filters.network.http_connection_manager.v3.HttpConnectionManager"),
            "stat_prefix": self.name,
            "stream_idle_timeout": "15s",
            "request_timeout": "15s",
            "normalize_path": true,
            "route_config": { "name": self.name, "virtual_hosts": [
                { "name": "all", "domains": ["*"], "routes": self.routes },
            ] },
            "http_filters": filters,
        });
        if let Some(format) = &self.access_log {
            set(
                &mut manager,
                "access_log",
                json!([{
                    "name": "stdout",
                    "typed_config": {
                        "@type": typed("access_loggers.stream.v3.StdoutAccessLog"),
                        "log_format": { "json_format": format },
                    },
                }]),
            );
        }
        for (name, value) in self.more.as_object().into_iter().flatten() {
            set(&mut manager, name, value.clone());
        }
        json!({
            "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
            "name": self.name,
            "address": address(self.port),
            "filter_chains": [{ "filters": [{
                "name": "envoy.filters.network.http_connection_manager",
                "typed_config": manager,
            }] }],
        })
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// The type URL of an extension.
pub fn typed(name: &str) -> String {
    format!("type.googleapis.com/envoy.extensions.{name}")
}

/// A route for every path to a cluster.
pub fn to_cluster(cluster: &str) -> Value {
    json!({ "match": { "prefix": "/" }, "route": { "cluster": cluster, "timeout": "15s" } })
}

/// A route for every path that Envoy answers itself.
pub fn to_envoy(status: u16) -> Value {
    json!({ "match": { "prefix": "/" }, "direct_response": {
        "status": status, "body": { "inline_string": "answered by Envoy\n" },
    } })
}

/// A cluster of one address.
pub fn cluster(name: &str, endpoint: SocketAddr) -> Value {
    json!({
        "name": name, "type": "STATIC", "connect_timeout": "2s",
        "load_assignment": { "cluster_name": name, "endpoints": [{ "lb_endpoints": [{
            "endpoint": { "address": address(endpoint.port()) },
        }] }] },
    })
}

/// A cluster of one address that speaks HTTP/2.
pub fn cluster_http2(name: &str, endpoint: SocketAddr) -> Value {
    let mut cluster = cluster(name, endpoint);
    set(
        &mut cluster,
        "typed_extension_protocol_options",
        json!({ "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": typed("upstreams.http.v3.HttpProtocolOptions"),
            "explicit_http_config": { "http2_protocol_options": {} },
        } }),
    );
    cluster
}

/// Where `jwt_authn` has its keys from.
#[derive(Clone, Copy, Debug)]
pub enum JwtKeys<'a> {
    /// In the configuration.
    Inline(&'a str),
    /// From a cluster.
    Cluster(&'a str),
}

/// Envoy's own `jwt_authn` for one issuer; the payload goes into the metadata.
pub fn jwt_authn(issuer: &str, audience: &str, keys: JwtKeys<'_>, cache: bool) -> Value {
    let mut provider = json!({
        "issuer": issuer, "audiences": [audience], "payload_in_metadata": "payload",
        "forward": true,
    });
    match keys {
        JwtKeys::Inline(keys) => set(&mut provider, "local_jwks", json!({ "inline_string": keys })),
        JwtKeys::Cluster(cluster) => set(
            &mut provider,
            "remote_jwks",
            json!({
                "http_uri": { "uri": "http://keys.example/keys", "cluster": cluster, "timeout": "1s" },
                "cache_duration": "300s",
            }),
        ),
    }
    if cache {
        set(&mut provider, "jwt_cache_config", json!({ "jwt_cache_size": 1000 }));
    }
    json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": typed("filters.http.jwt_authn.v3.JwtAuthentication"),
            "providers": { "issuer": provider },
            "rules": [{ "match": { "prefix": "/" }, "requires": { "provider_name": "issuer" } }],
        },
    })
}

/// An RBAC rule: allows who has `claim` with this value in the metadata of `jwt_authn`.
pub fn allow_claim(claim: &str, value: &str) -> Value {
    rbac(
        "ALLOW",
        &json!({ "metadata": {
        "filter": "envoy.filters.http.jwt_authn",
        "path": [{ "key": "payload" }, { "key": claim }],
        "value": { "string_match": { "exact": value } },
    } }),
    )
}

/// An RBAC filter with one principal.
pub fn rbac(action: &str, principal: &Value) -> Value {
    json!({
        "name": "envoy.filters.http.rbac",
        "typed_config": {
            "@type": typed("filters.http.rbac.v3.RBAC"),
            "rules": { "action": action, "policies": { "rule": {
                "permissions": [{ "any": true }], "principals": [principal],
            } } },
        },
    })
}

/// An HTTP filter whose configuration comes from a file of extension configurations.
pub fn discovered(name: &str, source: &Value, type_url: &str) -> Value {
    json!({
        "name": name,
        "config_discovery": { "config_source": source, "type_urls": [type_url] },
    })
}

/// A filter as a resource of a file of extension configurations.
pub fn as_extension(filter: &Value) -> Value {
    let mut resource =
        json!({ "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig" });
    for (name, value) in filter.as_object().into_iter().flatten() {
        set(&mut resource, name, value.clone());
    }
    resource
}
