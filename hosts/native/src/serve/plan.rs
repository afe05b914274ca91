//! From a request to the exchange that serves it: which flow, for whom, with which scopes.

use vicar_exchange::{
    Claims, Guid, Scopes, Spec,
    spec::{
        Agent, AgentUser, Client, Entra, Flow, Grant, Limits, Nested, Opaque, Target, WiderScopes,
    },
};
use vicar_token::quote::Quoted;

use super::{
    audiences,
    callers::Caller,
    configuration::{Configuration, DownstreamApi},
    parameters::Parameters,
    policy::{ExchangePolicy, ExchangeQuestion},
    reason::{OVERRIDE_REFUSED, PARAMETER_INVALID, SCOPES_MISSING},
    refusal::Refusal,
};
use crate::exchange::KeyedSpec;

/// Which of the four routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/AuthorizationHeader/{api}`
    AuthorizationHeader,
    /// `/AuthorizationHeaderUnauthenticated/{api}`
    AuthorizationHeaderUnauthenticated,
    /// `/DownstreamApi/{api}`
    DownstreamApi,
    /// `/DownstreamApiUnauthenticated/{api}`
    DownstreamApiUnauthenticated,
}

impl Route {
    /// Whether a caller's token is demanded.
    pub const fn authenticated(self) -> bool {
        matches!(self, Self::AuthorizationHeader | Self::DownstreamApi)
    }

    /// The key that lets callers set something, and whether it does.
    const fn overrides(self, configuration: &Configuration) -> (bool, &'static str) {
        let allow = &configuration.own.allow_overrides;
        match self {
            Self::AuthorizationHeader => (allow.authorization_header, "GetAuthorizationHeader"),
            Self::AuthorizationHeaderUnauthenticated => (
                allow.authorization_header_unauthenticated,
                "GetAuthorizationHeaderUnauthenticated",
            ),
            Self::DownstreamApi => (allow.downstream_api, "CallDownstreamApi"),
            Self::DownstreamApiUnauthenticated => {
                (allow.downstream_api_unauthenticated, "CallDownstreamApiUnauthenticated")
            }
        }
    }
}

/// An exchange that may be asked for.
#[derive(Debug)]
pub struct Plan {
    /// The exchange, and the key of its token.
    pub spec: KeyedSpec,
    /// Its tenant.
    pub tenant: Guid,
    /// Who is to act.
    pub actor: Guid,
    /// `on_behalf_of`, `autonomous`, `agent_user`, `user` or `app`.
    pub mode: &'static str,
    /// The agent's user account.
    pub agent_user: Option<String>,
    /// What is asked for.
    pub scopes: Scopes,
    /// Whether what is kept is to be dropped first.
    pub renew: bool,
    /// The same exchange without the caller's claims challenge: what is kept of it was challenged.
    pub challenged: Option<KeyedSpec>,
}

impl Plan {
    /// What policy is asked.
    pub fn question<'a>(
        &'a self,
        configuration: &'a Configuration,
        api: &'a DownstreamApi,
        caller: Option<&'a Caller>,
    ) -> ExchangeQuestion<'a> {
        ExchangeQuestion {
            api: &api.name,
            caller,
            tenant: &self.tenant,
            client: &configuration.entra.client,
            actor: &self.actor,
            mode: self.mode,
            agent_user: self.agent_user.as_deref(),
            scopes: &self.scopes,
        }
    }
}

/// Makes the plan.
///
/// # Errors
/// [`Refusal`] for what contradicts itself (400) or may not be set by callers (403).
pub fn plan(
    configuration: &Configuration,
    route: Route,
    api: &DownstreamApi,
    parameters: &Parameters,
    caller: Option<&Caller>,
    policy: &dyn ExchangePolicy,
) -> Result<Plan, Refusal> {
    let (allowed, key) = route.overrides(configuration);
    if parameters.any && !allowed {
        return Err(Refusal::new(
            OVERRIDE_REFUSED,
            "callers may set no parameter on this route, and none is ignored",
            format!("leave them out, or set `Sidecar__AllowOverrides__{key}` to `true`"),
        ));
    }
    let overrides = &parameters.overrides;
    let scopes = scopes(api, parameters, policy)?;
    let tenant = tenant(configuration, api, parameters)?;
    let mode = mode(api, parameters, caller)?;
    let entra = &configuration.entra;
    let target = |claims: Option<&Claims>| Target {
        scopes: scopes.clone(),
        audiences: audiences::of(&scopes, &api.audiences),
        opaque: if api.opaque { Opaque::Accept } else { Opaque::Refuse },
        wider_scopes: if api.wider_scopes { WiderScopes::Accept } else { WiderScopes::Refuse },
        claims: claims.or(api.claims.as_ref()).cloned(),
        capabilities: entra.capabilities.clone(),
    };
    let agent = |id: &Guid| Agent {
        id: id.clone(),
        blueprint: entra.client.clone(),
        credential: entra.credential.clone(),
        t1: None,
        x2: None,
    };
    let client = || Client { id: entra.client.clone(), credential: entra.credential.clone() };
    let agent_user = parameters.agent_user.as_ref().map(|user| match user {
        AgentUser::ObjectId(id) => id.to_string(),
        AgentUser::PrincipalName(name) => name.as_str().to_owned(),
    });
    let grant = |target| match (mode, &parameters.agent, &parameters.agent_user, caller) {
        (Mode::AgentUser, Some(id), Some(user), _) => {
            Grant::AgentUser { agent: agent(id), user: user.clone(), target }
        }
        (Mode::Autonomous, Some(id), ..) => Grant::Autonomous { agent: agent(id), target },
        (Mode::OnBehalfOf, Some(id), _, Some(caller)) => Grant::OnBehalfOf {
            agent: agent(id),
            user_assertion: caller.token.clone(),
            nested: Nested::Refuse,
            target,
        },
        (Mode::User, _, _, Some(caller)) => Grant::PlainOnBehalfOf {
            client: client(),
            user_assertion: caller.token.clone(),
            nested: Nested::Refuse,
            target,
        },
        _ => Grant::ClientCredentials { client: client(), target },
    };
    let spec = |claims| {
        let (authority, tenant) = (entra.authority.clone(), tenant.clone());
        let flow = Flow::Entra(Entra { authority, tenant, grant: grant(target(claims)) });
        Spec { flow, limits: Limits::default(), correlation_id: overrides.correlation_id.clone() }
    };
    let claims = overrides.claims.as_ref();
    Ok(Plan {
        spec: KeyedSpec::new(spec(claims)),
        challenged: claims.map(|_| KeyedSpec::new(spec(None))),
        tenant: tenant.clone(),
        actor: parameters.agent.clone().unwrap_or_else(|| entra.client.clone()),
        mode: mode.name(),
        agent_user,
        scopes: scopes.clone(),
        renew: overrides.force_refresh,
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    AgentUser,
    App,
    Autonomous,
    OnBehalfOf,
    User,
}

impl Mode {
    const fn name(self) -> &'static str {
        match self {
            Self::AgentUser => "agent_user",
            Self::App => "app",
            Self::Autonomous => "autonomous",
            Self::OnBehalfOf => "on_behalf_of",
            Self::User => "user",
        }
    }
}

fn mode(
    api: &DownstreamApi,
    parameters: &Parameters,
    caller: Option<&Caller>,
) -> Result<Mode, Refusal> {
    let asked = parameters.overrides.request_app_token;
    let contradiction =
        |detail: &str, remedy: &str| Err(Refusal::new(PARAMETER_INVALID, detail, remedy));
    if parameters.agent_user.is_some() {
        return match asked {
            Some(true) => contradiction(
                "`RequestAppToken` asks for an application's token, and an agent's user account \
                 is named",
                "leave one of the two out",
            ),
            _ => Ok(Mode::AgentUser),
        };
    }
    let app_token = asked.unwrap_or(api.request_app_token);
    match (caller.is_some(), app_token, parameters.agent.is_some()) {
        (false, _, agent) => match asked {
            Some(false) => contradiction(
                "`RequestAppToken=false` asks for a user's token on a route without a caller",
                "use the route that takes the caller's token",
            ),
            _ if agent => Ok(Mode::Autonomous),
            _ => Ok(Mode::App),
        },
        (true, true, true) => Ok(Mode::Autonomous),
        (true, true, false) => Ok(Mode::App),
        (true, false, true) => Ok(Mode::OnBehalfOf),
        (true, false, false) => Ok(Mode::User),
    }
}

/// What is asked for: the configuration's, or the caller's within it, unless policy judges that.
fn scopes(
    api: &DownstreamApi,
    parameters: &Parameters,
    policy: &dyn ExchangePolicy,
) -> Result<Scopes, Refusal> {
    let Some(asked) = &parameters.overrides.scopes else {
        if api.scopes.is_empty() {
            let detail = format!("the API {} has no scopes", Quoted(&api.name));
            let key = format!("DownstreamApis__{}__Scopes__0", api.name);
            return Err(Refusal::new(SCOPES_MISSING, detail, format!("set `{key}`")));
        }
        return Ok(api.scopes.clone());
    };
    if policy.judges_scopes() {
        return Ok(asked.clone());
    }
    let permitted: Vec<&str> = api.scopes.iter().chain(api.allowed_scopes.iter()).collect();
    let is_permitted = |scope: &str| {
        permitted.contains(&scope)
            || scope.rsplit_once('/').is_some_and(|(resource, _)| {
                permitted.iter().any(|wide| wide.strip_suffix("/.default") == Some(resource))
            })
    };
    match asked.iter().find(|scope| !is_permitted(scope)) {
        None => Ok(asked.clone()),
        Some(scope) => Err(Refusal::new(
            OVERRIDE_REFUSED,
            format!("callers may not ask for the scope {} of this API", Quoted(scope)),
            format!("add it to `Vicar__DownstreamApis__{}__AllowedScopes__0`", api.name),
        )),
    }
}

fn tenant(
    configuration: &Configuration,
    api: &DownstreamApi,
    parameters: &Parameters,
) -> Result<Guid, Refusal> {
    let own = api.tenant.as_ref().unwrap_or(&configuration.entra.tenant);
    match &parameters.overrides.tenant {
        None => Ok(own.clone()),
        Some(asked) if asked == own || configuration.own.allowed_tenants.contains(asked) => {
            Ok(asked.clone())
        }
        Some(asked) => Err(Refusal::new(
            OVERRIDE_REFUSED,
            format!("callers may not ask for tokens of the tenant `{asked}`"),
            "add it to `Vicar__AllowedTenants__0`",
        )),
    }
}
