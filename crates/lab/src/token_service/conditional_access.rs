//! Conditional Access: what policies demand before a token goes out.

use serde_json::json;

use crate::{
    directory::{Application, Tenant, User},
    grants::Session,
    refusal::{Code, Refusal, code},
    settings::{AccessRule, Demand},
};

use super::{TokenService, claims_parameter::ClaimsParameter};

impl TokenService<'_> {
    /// Judges a user's access to a resource.
    pub(super) fn check_user_access(
        &self,
        tenant: &Tenant,
        user: &User,
        resource: &Application,
        session: &Session,
        claims: &ClaimsParameter,
    ) -> Result<(), Refusal> {
        for rule in &tenant.rules {
            let covered = rule.clients.is_none()
                && covers(rule.people.as_ref(), &user.id)
                && covers(rule.resources.as_ref(), &resource.id);
            if covered && !(rule.demand == Demand::Mfa && session.mfa) {
                return Err(demanded(rule));
            }
        }
        if let Some(missing) = claims.contexts.iter().find(|it| !session.contexts.contains(it)) {
            let mut refusal = Refusal::new(code::MFA_DEMANDED, MFA);
            let demand = json!({"access_token": {"acrs": {"essential": true, "value": missing}}});
            refusal.claims = Some(claims.text.clone().unwrap_or_else(|| demand.to_string()));
            return Err(refusal);
        }
        Ok(())
    }

    /// Judges an application's own access to a resource: it can be blocked, not challenged.
    pub(super) fn check_app_access(
        &self,
        tenant: &Tenant,
        client: &Application,
        resource: &Application,
    ) -> Result<(), Refusal> {
        let blocked = tenant.rules.iter().find(|rule| {
            rule.clients.as_ref().is_some_and(|clients| clients.contains(&client.id))
                && covers(rule.resources.as_ref(), &resource.id)
        });
        match blocked {
            Some(_) => Err(Refusal::new(code::BLOCKED, BLOCKED)),
            None => Ok(()),
        }
    }
}

fn covers(ids: Option<&Vec<String>>, id: &String) -> bool {
    ids.is_none_or(|ids| ids.contains(id))
}

fn demanded(rule: &AccessRule) -> Refusal {
    let (code, text): (Code, &str) = match rule.demand {
        Demand::Mfa => (code::MFA_DEMANDED, MFA),
        Demand::MfaEnrolment => (
            code::MFA_ENROLMENT,
            "Due to a configuration change made by your administrator, or because you moved to a \
             new location, you must enroll in multi-factor authentication.",
        ),
        Demand::CompliantDevice => (
            code::DEVICE_NOT_COMPLIANT,
            "Device is not in required device state: compliant. Conditional Access policy \
             requires a compliant device, and the device is not compliant.",
        ),
        Demand::Block => (code::BLOCKED, BLOCKED),
    };
    let mut refusal = Refusal::new(code, text);
    let claims = json!({
        "access_token": {"capolids": {"essential": true, "values": [rule.id]}}
    });
    refusal.claims = Some(claims.to_string());
    refusal
}

const BLOCKED: &str = "Access has been blocked by Conditional Access policies. The access policy \
                       does not allow token issuance.";
const MFA: &str = "Due to a configuration change made by your administrator, or because you moved \
                   to a new location, you must use multi-factor authentication to access the \
                   resource.";
