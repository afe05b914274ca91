//! What Graph does with a token that it gets.

use crate::{
    directory::GRAPH,
    graph::{Caller, GraphRefusal},
};

use super::{
    TokenService,
    assertion::{Assertion, InTime},
};

impl TokenService<'_> {
    /// Verifies an access token for Graph.
    pub(crate) fn graph_caller(&self, token: &str) -> Result<Caller, GraphRefusal> {
        let refused = |why: &str| GraphRefusal::new(401, "InvalidAuthenticationToken", why);
        let token =
            Assertion::parse(token).map_err(|_| refused("IDX14100: JWT is not well formed."))?;
        let tenant = self.tenant_of_issuer(token.text("iss").unwrap_or_default());
        let (Some(tenant), true) = (tenant, token.is_signed_by(self.keys)) else {
            return Err(refused("Access token validation failure. Invalid signature."));
        };
        let audience = token.text("aud").unwrap_or_default();
        if !self.directory.applications.get(GRAPH).is_some_and(|graph| graph.is_audience(audience))
        {
            return Err(refused("Access token validation failure. Invalid audience."));
        }
        if token.in_time(self.now) == InTime::No {
            return Err(refused("Lifetime validation failed, the token is expired."));
        }
        let permissions = match token.text("scp") {
            Some(scopes) => scopes.split_ascii_whitespace().map(str::to_owned).collect(),
            None => token
                .claims
                .get("roles")
                .and_then(serde_json::Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|role| role.as_str().map(str::to_owned))
                .collect(),
        };
        Ok(Caller {
            tenant: tenant.id.clone(),
            client: token.text("appid").unwrap_or_default().to_owned(),
            user: token.text("scp").and(token.text("oid")).map(str::to_owned),
            permissions,
        })
    }
}
