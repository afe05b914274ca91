//! Refresh tokens. Each use gives a new one; the old one stays good, as at Entra, until it was
//! not used for its lifetime.

use crate::refusal::{Refusal, code};

use super::{
    COMMON, TokenAnswer, TokenRequest, TokenService, scope::Requested, user_token::UserRequest,
};

impl TokenService<'_> {
    pub(super) fn refresh(&mut self, request: &TokenRequest<'_>) -> Result<TokenAnswer, Refusal> {
        let form = request.form;
        let token = form.get("refresh_token").ok_or_else(|| Refusal::missing("refresh_token"))?;
        let grant = self.grants.refresh.get(token).cloned();
        let on_common = COMMON.contains(&request.tenant.to_ascii_lowercase().as_str());
        let tenant = match &grant {
            Some(grant) if on_common => self.find_tenant(&grant.tenant)?,
            _ => self.tenant(request)?,
        };
        let client = self.client(request, &tenant)?;
        let grant = grant
            .filter(|grant| grant.tenant == tenant.id && grant.client == client.application.id);
        let Some(grant) = grant else {
            return Err(Refusal::new(
                code::GRANT_INVALID,
                "Provided grant is invalid or malformed.",
            ));
        };
        let expires = grant.used.saturating_add(tenant.lifetimes.refresh);
        if expires <= self.now {
            return Err(Refusal::new(
                code::REFRESH_EXPIRED,
                format!(
                    "The refresh token has expired due to inactivity. The token was issued on {} \
                     and was inactive for {} seconds.",
                    crate::refusal::timestamp(grant.used),
                    tenant.lifetimes.refresh
                ),
            ));
        }
        let user = self.find_user(&tenant, &grant.user)?;
        if grant.used < user.revoked {
            return Err(Refusal::new(
                code::GRANT_REVOKED,
                "The provided grant has expired due to it being revoked, a fresh auth token is \
                 needed.",
            ));
        }
        let mut requested = Requested::parse(form.get("scope").unwrap_or(&grant.scope))?;
        if !requested.has("offline_access") {
            requested.openid.push("offline_access".to_owned());
        }
        self.user_answer(&UserRequest {
            tenant: &tenant,
            client: &client,
            user: &user,
            requested: &requested,
            session: &grant.session,
            through: None,
            address: request.address,
            client_info: form.get("client_info") == Some("1"),
        })
    }
}
