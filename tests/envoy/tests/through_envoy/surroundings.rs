//! A guarded Envoy, and the requests that go to it.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::json;
use vicar_envoy_tests::{
    bundle,
    client::{Request, Response},
    configuration::{Listener, bootstrap, cluster, rbac, to_cluster},
    envoy::{Envoy, Options},
    filter::Filter,
    tokens,
    upstream::{Received, Reply, Upstream},
};

/// An Envoy with the filter in front of an upstream that echoes and lists tools.
pub(crate) struct Guarded {
    pub(crate) envoy: Envoy,
    pub(crate) upstream: Upstream,
}

impl Guarded {
    /// The one that other tests use at this moment, or a new one: it ends with its last user.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Guarded>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let guarded = Arc::new(Self::start());
            *shared = Arc::downgrade(&guarded);
            guarded
        })
    }

    /// One that no other test uses.
    pub(crate) fn alone() -> Self {
        Self::start()
    }

    fn start() -> Self {
        let upstream = Upstream::answering(answer).unwrap();
        let filter =
            Filter::new(&bundle::of_tests().unwrap()).keys("issuer", &tokens::keys().unwrap()).set(
                "gateway",
                json!({
                    "body_limit_bytes": 65536,
                    "headers": [
                        { "name": "x-vicar-actor", "value": "actor" },
                        { "name": "x-vicar-subject", "value": "subject" },
                        { "name": "x-acting-for", "value": "subject" },
                    ],
                    "strip": ["x-user"],
                }),
            );
        let deny_mallory = rbac(
            "DENY",
            &json!({ "filter_state": {
                "key": "wasm.vicar.subject",
                "string_match": { "suffix": "/mallory" },
            } }),
        );
        let filters = vec![filter.to_json().unwrap(), deny_mallory];
        let mut listener = Listener::new("guarded", filters, to_cluster("upstream"));
        let route = |prefix: &str, settings| {
            let mut route = to_cluster("upstream");
            route["match"]["prefix"] = json!(prefix);
            route["metadata"] = json!({ "filter_metadata": { "vicar": settings } });
            route
        };
        listener.routes.insert(0, route("/v1/observed", json!({ "enforcement": "shadow" })));
        listener.routes.insert(0, route("/v1/open", json!({ "enforcement": "skip" })));
        listener.routes.insert(0, route("/v1/pinned", json!({ "section": "ledger" })));
        listener.access_log = Some(json!({
            "path": "%PATH(NQ)%", "details": "%RESPONSE_CODE_DETAILS%",
            "subject": "%FILTER_STATE(wasm.vicar.subject:PLAIN)%",
            "reason": "%FILTER_STATE(wasm.vicar.reason:PLAIN)%",
            "verdict": "%FILTER_STATE(wasm.vicar.verdict:PLAIN)%",
            "policies": "%FILTER_STATE(wasm.vicar.policies:PLAIN)%",
        }));
        listener.more = json!({ "upgrade_configs": [{ "upgrade_type": "websocket" }] });
        let envoy = Envoy::start(
            &bootstrap(&[listener.to_json()], &[cluster("upstream", upstream.address())]),
            &Options::default(),
        )
        .unwrap();
        Self { envoy, upstream }
    }

    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.envoy.listener("guarded").unwrap()
    }

    pub(crate) fn send(&self, request: &Request) -> Response {
        request.send(self.address()).unwrap()
    }

    /// That the virtual machine never died, and serves.
    pub(crate) fn is_alive(&self) {
        let reloads = self.envoy.admin().statistics("vm_reload").unwrap();
        assert_eq!(reloads.values().sum::<u64>(), 0, "{}", self.envoy.log());
        assert_eq!(self.send(&orders().bearer(&token())).status, 200);
    }
}

/// A token of a person who may read.
pub(crate) fn token() -> String {
    tokens::token(json!({})).unwrap()
}

/// A call that [`token`] may make.
pub(crate) fn orders() -> Request {
    Request::get("/v1/orders").host("api.example")
}

/// An MCP message.
pub(crate) fn mcp(message: &str) -> Request {
    Request::post("/mcp", message)
        .host("mcp.example")
        .header("accept", "application/json, text/event-stream")
}

/// A tool call that [`token`] may make.
pub(crate) const SEARCH: &str = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"search","arguments":{"query":"overdue"}}}"#;

const TOOLS: &str = r#"{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"search","description":"a"},{"name":"pay"},{"name":"close"},{"name":"unknown"}]}}"#;

fn answer(received: &Received) -> Reply {
    let body = String::from_utf8_lossy(&received.body);
    if !body.contains("tools/list") {
        return Reply::echo(received);
    }
    match received.header("x-upstream").unwrap_or_default() {
        "events" => {
            let events = format!(
                "event: message\r\nid: 1\r\ndata: {TOOLS}\r\n\r\n: still there\n\nevent: message\n\
                 data: {{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}}\n\n"
            );
            // Cut where no reader expects it.
            let chunks = events.as_bytes().chunks(37).map(<[u8]>::to_vec).collect();
            let mut reply = Reply::ok("text/event-stream", "");
            reply.chunks = chunks;
            reply
        }
        "broken" => Reply::ok("application/json", r#"{"jsonrpc":"2.0","id":7,"result":{"tools":"#),
        _ => Reply::ok("application/json", TOOLS),
    }
}
