//! What upstreams have in common: they let a request in by its token alone.

use std::sync::{Arc, Mutex};

use serde_json::json;
use vicar_envoy_tests::upstream::{Received, Reply};

use crate::{
    tokens::{AGENT_FACET, Claims, Verifier, claim, client, has_facet},
    world::AGENT,
};

/// Lets the invoice agent in, with a token for one audience.
pub(crate) struct Door {
    audience: &'static str,
    verifier: Verifier,
    admitted: Arc<Mutex<Vec<Claims>>>,
}

impl Door {
    pub(crate) fn new(audience: &'static str, verifier: Verifier) -> Self {
        Self { audience, verifier, admitted: Arc::default() }
    }

    /// The claims of those who were let in, as they come.
    pub(crate) fn admitted(&self) -> Arc<Mutex<Vec<Claims>>> {
        Arc::clone(&self.admitted)
    }

    /// The caller's claims, or the answer that turns it away.
    pub(crate) fn admit(&self, request: &Received) -> Result<Claims, Reply> {
        let claims = self.judge(request).map_err(|why| turned_away(&why))?;
        self.admitted.lock().unwrap().push(claims.clone());
        Ok(claims)
    }

    fn judge(&self, request: &Received) -> Result<Claims, String> {
        let fields = request.headers.iter().filter(|(name, _)| name == "authorization");
        let [(_, field)] = fields.collect::<Vec<_>>()[..] else {
            return Err("there is not exactly one `authorization`".to_owned());
        };
        let token = field.strip_prefix("Bearer ").ok_or("this is no bearer token")?;
        let claims = self.verifier.read(token, self.audience)?;
        if client(&claims) != AGENT {
            return Err(format!("`{}` is not the invoice agent", client(&claims)));
        }
        if !has_facet(&claims, "xms_act_fct", AGENT_FACET) {
            return Err("the token does not say that an agent acts".to_owned());
        }
        Ok(claims)
    }
}

/// Whom the token speaks of: the person, or the agent itself.
pub(crate) fn subject(claims: &Claims) -> &str {
    claim(claims, "oid")
}

pub(crate) fn answer(status: u16, body: &serde_json::Value) -> Reply {
    Reply { status, ..Reply::ok("application/json", body.to_string()) }
}

fn turned_away(why: &str) -> Reply {
    // As OpenAI's errors look; to an MCP client the status is enough.
    answer(401, &json!({"error": {"message": why, "type": "invalid_token", "code": null}}))
}
