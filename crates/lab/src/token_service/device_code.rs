//! The device code flow.

use crate::{
    form::Form,
    grants::{Decision, DeviceGrant},
    refusal::{Refusal, code},
};

use super::{
    COMMON, DeviceAnswer, TokenAnswer, TokenRequest, TokenService, claims_parameter,
    scope::Requested, user_token::UserRequest,
};

/// What a person does with a user code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Signs in and approves.
    Approve {
        /// Object id or principal name.
        user: String,
        /// With multi-factor authentication.
        mfa: bool,
    },
    /// Declines.
    Decline,
}

impl TokenService<'_> {
    /// Answers a request to the device-code endpoint.
    ///
    /// # Errors
    /// [`Refusal`], as Entra refuses.
    pub fn device_code(&mut self, tenant: &str, form: &Form) -> Result<DeviceAnswer, Refusal> {
        let lifetime = if COMMON.contains(&tenant.to_ascii_lowercase().as_str()) {
            form.get("client_id").ok_or_else(|| Refusal::missing("client_id"))?;
            crate::settings::Lifetimes::default().device_code
        } else {
            let tenant = self.find_tenant(tenant)?;
            self.find_client(&tenant, form)?;
            tenant.lifetimes.device_code
        };
        let scope = form.get("scope").ok_or_else(|| Refusal::missing("scope"))?;
        Requested::parse(scope)?;
        let claims = claims_parameter::read(form)?;
        let user_code = self.random.readable(9);
        let device_code = format!(
            "{}AQAB{}",
            user_code.chars().take(1).collect::<String>(),
            self.random.opaque(120)
        );
        self.grants.devices.insert(
            device_code.clone(),
            DeviceGrant {
                user_code: user_code.clone(),
                tenant: tenant.to_owned(),
                client: form.get("client_id").unwrap_or_default().to_owned(),
                scope: scope.to_owned(),
                contexts: claims.contexts,
                expires: self.now.saturating_add(lifetime),
                decision: Decision::Pending,
            },
        );
        let verification_uri = format!("{}/devicelogin", self.authority.origin);
        Ok(DeviceAnswer {
            message: format!(
                "To sign in, use a web browser to open the page {verification_uri} and enter the \
                 code {user_code} to authenticate."
            ),
            user_code,
            device_code,
            verification_uri,
            expires_in: lifetime,
            interval: INTERVAL,
        })
    }

    /// What the page shows of a user code that waits for a decision: the client's name, the
    /// scope, the names that the person may sign in with.
    pub fn device_request(&self, user_code: &str) -> Option<DeviceRequest> {
        let code = normal(user_code);
        let grant = self
            .grants
            .devices
            .entries()
            .find(|grant| grant.user_code == code && grant.expires > self.now)?;
        if grant.decision != Decision::Pending {
            return None;
        }
        let tenants = self.directory.tenants.values().filter(|tenant| {
            COMMON.contains(&grant.tenant.as_str())
                || self.directory.tenant(&grant.tenant).is_some_and(|it| it.id == tenant.id)
        });
        Some(DeviceRequest {
            client: self
                .directory
                .applications
                .get(&grant.client)
                .map_or_else(|| grant.client.clone(), |it| it.name.clone()),
            scope: grant.scope.clone(),
            people: tenants
                .flat_map(|tenant| tenant.users.values())
                .filter(|user| user.agent.is_none())
                .map(|user| user.upn.clone())
                .collect(),
        })
    }

    /// A person decides over a user code. `false` when there is no such code waiting.
    ///
    /// # Errors
    /// [`Refusal`] when the person may not sign in.
    pub fn decide(&mut self, user_code: &str, approval: &Approval) -> Result<bool, Refusal> {
        let code = normal(user_code);
        let now = self.now;
        let Some(grant) = self
            .grants
            .devices
            .entries()
            .find(|it| it.user_code == code && it.expires > now && it.decision == Decision::Pending)
            .cloned()
        else {
            return Ok(false);
        };
        let decision = match approval {
            Approval::Decline => Decision::Declined,
            Approval::Approve { user, mfa } => {
                let tenant = if COMMON.contains(&grant.tenant.as_str()) {
                    let home = self.directory.tenants.values().find(|tenant| {
                        tenant.user(user).or_else(|| tenant.user_by_name(user)).is_some()
                    });
                    match home {
                        Some(home) => home.clone(),
                        None => return Err(Refusal::new(code::USER_UNKNOWN, "No such user.")),
                    }
                } else {
                    self.find_tenant(&grant.tenant)?
                };
                let user = self.find_user(&tenant, user)?;
                let contexts = if *mfa { grant.contexts.clone() } else { Vec::new() };
                let session = self.session(*mfa, contexts);
                Decision::Approved { tenant: tenant.id, user: user.id, session }
            }
        };
        for known in self.grants.devices.values_mut() {
            if known.user_code == code {
                known.decision = decision.clone();
            }
        }
        Ok(true)
    }

    pub(super) fn redeem_device_code(
        &mut self,
        request: &TokenRequest<'_>,
    ) -> Result<TokenAnswer, Refusal> {
        let form = request.form;
        let presented = form
            .get("device_code")
            .or(form.get("code"))
            .ok_or_else(|| Refusal::missing("device_code"))?;
        let grant = self.grants.devices.get(presented).cloned().filter(|grant| {
            form.get("client_id").is_some_and(|it| it.eq_ignore_ascii_case(&grant.client))
        });
        let Some(grant) = grant else {
            return Err(Refusal::new(
                code::DEVICE_CODE_BAD,
                "OAuth 2.0 device flow error. The verification code is not valid.",
            ));
        };
        if grant.expires <= self.now {
            return Err(Refusal::new(
                code::DEVICE_CODE_EXPIRED,
                "OAuth 2.0 device flow error. The device code has expired.",
            ));
        }
        match grant.decision {
            Decision::Pending => Err(Refusal::new(
                code::DEVICE_PENDING,
                "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
            )),
            Decision::Declined => {
                self.grants.devices.remove(presented);
                Err(Refusal::new(
                    code::DEVICE_DECLINED,
                    "OAuth 2.0 device flow error. The end user declined.",
                ))
            }
            Decision::Approved { tenant, user, session } => {
                let tenant = self.find_tenant(&tenant)?;
                let client = self.client(request, &tenant)?;
                let user = self.find_user(&tenant, &user)?;
                let requested = Requested::parse(&grant.scope)?;
                let answer = self.user_answer(&UserRequest {
                    tenant: &tenant,
                    client: &client,
                    user: &user,
                    requested: &requested,
                    session: &session,
                    through: None,
                    address: request.address,
                    client_info: form.get("client_info") == Some("1"),
                })?;
                self.grants.devices.remove(presented);
                Ok(answer)
            }
        }
    }
}

/// A request that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRequest {
    /// Display name of the client.
    pub client: String,
    /// What it asks for.
    pub scope: String,
    /// Principal names of those who may sign in.
    pub people: Vec<String>,
}

/// A user code as a person may type it.
fn normal(user_code: &str) -> String {
    user_code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|it| it.to_ascii_uppercase())
        .collect()
}

const INTERVAL: u64 = 5;
