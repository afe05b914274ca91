//! The query parameters of Microsoft's sidecar. None is dropped in silence: each is used or
//! refused.

use reqwest::Method;
use vicar_exchange::{Claims, Guid, PrincipalName, Scopes, spec::AgentUser};
use vicar_token::quote::Quoted;

use super::{
    configuration::Extra,
    reason::{OVERRIDE_REFUSED, PARAMETER_INVALID, PARAMETER_UNKNOWN},
    refusal::Refusal,
};

/// What a caller asks for beside the API's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// `AgentIdentity`.
    pub agent: Option<Guid>,
    /// `AgentUsername` or `AgentUserId`.
    pub agent_user: Option<AgentUser>,
    /// What is overridden.
    pub overrides: Overrides,
    /// Whether there was any parameter at all.
    pub any: bool,
}

/// `optionsOverride.*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `Scopes`.
    pub scopes: Option<Scopes>,
    /// `RequestAppToken`.
    pub request_app_token: Option<bool>,
    /// `RelativePath`.
    pub relative_path: Option<String>,
    /// `HttpMethod`.
    pub method: Option<Method>,
    /// `ContentType`.
    pub content_type: Option<String>,
    /// `AcceptHeader`.
    pub accept: Option<String>,
    /// `ExtraHeaderParameters.*`, `ExtraQueryParameters.*`.
    pub extra: Extra,
    /// `AcquireTokenOptions.Tenant`.
    pub tenant: Option<Guid>,
    /// `AcquireTokenOptions.ForceRefresh`.
    pub force_refresh: bool,
    /// `AcquireTokenOptions.Claims`.
    pub claims: Option<Claims>,
    /// `AcquireTokenOptions.CorrelationId`.
    pub correlation_id: Option<Guid>,
    /// `AcquireTokenOptions.FmiPath`; nothing but the agent's id passes.
    pub fmi_path: Option<Guid>,
}

impl Parameters {
    /// Reads a query. Names are compared without letter case, as ASP.NET does.
    ///
    /// # Errors
    /// [`Refusal`] with 400 for what is unknown, given twice, malformed or contradictory; with
    /// 403 for what no caller may set.
    pub fn parse(query: &str) -> Result<Self, Refusal> {
        let mut parameters = Self::default();
        let (mut scopes, mut user_id, mut user_name) = (Vec::new(), None, None);
        let mut seen = std::collections::BTreeSet::new();
        for (index, (name, value)) in form_urlencoded::parse(query.as_bytes()).enumerate() {
            if index == MOST {
                let detail = format!("the query has more than {MOST} parameters");
                return Err(Refusal::new(PARAMETER_INVALID, detail, "send fewer"));
            }
            parameters.any = true;
            let lower = name.to_ascii_lowercase();
            let list = lower == "optionsoverride.scopes";
            if !list && !seen.insert(lower.clone()) {
                return Err(invalid(&name, "given twice", "one value"));
            }
            match lower.as_str() {
                "agentidentity" => parameters.agent = Some(guid(&name, &value)?),
                "agentuserid" => user_id = Some(guid(&name, &value)?),
                "agentusername" => {
                    user_name = Some(PrincipalName::parse(&value).map_err(|error| {
                        invalid(&name, "no user principal name", &error.to_string())
                    })?);
                }
                _ => match lower.strip_prefix("optionsoverride.") {
                    Some("scopes") => scopes.push(value.into_owned()),
                    Some(option) => parameters.overrides.read(&name, option, &value)?,
                    None => return Err(unknown(&name)),
                },
            }
        }
        if !scopes.is_empty() {
            let scopes = Scopes::parse(&scopes).map_err(|error| {
                invalid("optionsOverride.Scopes", "no list of scopes", &error.to_string())
            })?;
            parameters.overrides.scopes = Some(scopes);
        }
        parameters.agent_user = match (user_id, user_name) {
            (None, None) => None,
            (Some(id), None) => Some(AgentUser::ObjectId(id)),
            (None, Some(name)) => Some(AgentUser::PrincipalName(name)),
            (Some(_), Some(_)) => {
                return Err(Refusal::new(
                    PARAMETER_INVALID,
                    "`AgentUsername` and `AgentUserId` are both given",
                    "name the agent's user account by one of the two",
                ));
            }
        };
        if parameters.agent_user.is_some() && parameters.agent.is_none() {
            return Err(Refusal::new(
                PARAMETER_INVALID,
                "an agent's user account is given without `AgentIdentity`",
                "name the agent that the account belongs to",
            ));
        }
        parameters.fmi_path_is_the_agents()?;
        Ok(parameters)
    }

    fn fmi_path_is_the_agents(&self) -> Result<(), Refusal> {
        match (&self.overrides.fmi_path, &self.agent) {
            (None, _) => Ok(()),
            (Some(path), Some(agent)) if path == agent => Ok(()),
            (Some(_), _) => Err(Refusal::new(
                OVERRIDE_REFUSED,
                "`FmiPath` is something else than `AgentIdentity`",
                "leave it out: Vicar takes it from `AgentIdentity`",
            )),
        }
    }
}

impl Overrides {
    fn read(&mut self, name: &str, option: &str, value: &str) -> Result<(), Refusal> {
        match option {
            "requestapptoken" => self.request_app_token = Some(flag(name, value)?),
            "relativepath" => self.relative_path = Some(value.to_owned()),
            "httpmethod" => {
                let method = super::configuration::method(value).ok_or_else(|| {
                    invalid(name, &shown(value), "GET, POST, PUT, PATCH, DELETE or HEAD")
                })?;
                self.method = Some(method);
            }
            "contenttype" => self.content_type = Some(field(name, value)?),
            "acceptheader" => self.accept = Some(field(name, value)?),
            "acquiretokenoptions.tenant" => self.tenant = Some(guid(name, value)?),
            "acquiretokenoptions.forcerefresh" => self.force_refresh = flag(name, value)?,
            "acquiretokenoptions.claims" => {
                let claims = Claims::parse(value)
                    .map_err(|error| invalid(name, "no claims request", &error.to_string()))?;
                self.claims = Some(claims);
            }
            "acquiretokenoptions.correlationid" => self.correlation_id = Some(guid(name, value)?),
            "acquiretokenoptions.fmipath" => self.fmi_path = Some(guid(name, value)?),
            "baseurl" => {
                return Err(Refusal::new(
                    OVERRIDE_REFUSED,
                    "`BaseUrl` cannot be overridden: tokens go to the configured host only",
                    "configure another API",
                ));
            }
            _ => return self.read_extra(name, option, value),
        }
        Ok(())
    }

    fn read_extra(&mut self, name: &str, option: &str, value: &str) -> Result<(), Refusal> {
        if let Some(header) = option.strip_prefix("extraheaderparameters.") {
            return self.extra.header(header, value).map_err(|why| {
                Refusal::new(
                    OVERRIDE_REFUSED,
                    format!("the parameter {} is {why}", Quoted(name)),
                    "leave it out",
                )
            });
        }
        if option.starts_with("extraqueryparameters.") {
            // As written: an API's own parameters may know letter case.
            let written = name.splitn(3, '.').nth(2).unwrap_or_default();
            self.extra.query(written, value);
            return Ok(());
        }
        Err(unknown(name))
    }

    /// Whether anything is set that shapes the call of an API rather than the token.
    pub fn shapes_the_call(&self) -> bool {
        self.relative_path.is_some()
            || self.method.is_some()
            || self.content_type.is_some()
            || self.accept.is_some()
            || self.extra != Extra::default()
    }
}

fn guid(name: &str, value: &str) -> Result<Guid, Refusal> {
    Guid::parse(value).map_err(|_| invalid(name, &shown(value), "a GUID"))
}

fn flag(name: &str, value: &str) -> Result<bool, Refusal> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(invalid(name, &shown(value), "`true` or `false`")),
    }
}

fn field(name: &str, value: &str) -> Result<String, Refusal> {
    match reqwest::header::HeaderValue::from_str(value) {
        Ok(_) => Ok(value.to_owned()),
        Err(_) => Err(invalid(name, "no header's value", "visible ASCII")),
    }
}

fn shown(value: &str) -> String {
    Quoted(value).to_string()
}

fn invalid(name: &str, seen: &str, wanted: &str) -> Refusal {
    let detail = format!("the parameter {} is {seen}; wanted: {wanted}", Quoted(name));
    Refusal::new(PARAMETER_INVALID, detail, "correct the parameter")
}

fn unknown(name: &str) -> Refusal {
    let detail = format!("the parameter {} has no meaning here", Quoted(name));
    Refusal::new(PARAMETER_UNKNOWN, detail, "leave it out; it would have no effect")
}

const MOST: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    const AGENT: &str = "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b";

    fn refused(query: &str) -> (u16, &'static str) {
        let refusal = Parameters::parse(query).unwrap_err();
        (refusal.reason.status, refusal.reason.code)
    }

    #[test]
    fn parameters_are_read_without_letter_case() {
        let query = format!(
            "agentidentity={}&OPTIONSOVERRIDE.SCOPES=a&optionsOverride.Scopes=b\
             &optionsOverride.requestAppToken=False\
             &optionsOverride.ExtraQueryParameters.$Top=5\
             &optionsOverride.AcquireTokenOptions.ForceRefresh=true",
            AGENT.to_uppercase()
        );
        let parameters = Parameters::parse(&query).unwrap();
        assert_eq!(parameters.agent.unwrap().as_str(), AGENT);
        let overrides = parameters.overrides;
        assert_eq!(overrides.scopes.unwrap().to_field(), "a b");
        assert_eq!(overrides.request_app_token, Some(false));
        assert_eq!(overrides.extra.query, [("$Top".to_owned(), "5".to_owned())]);
        assert!(overrides.force_refresh);
    }

    #[test]
    fn what_microsofts_sidecar_drops_is_refused() {
        let user = "5d6e7f80-2b3c-4d5e-9f60-718293a4b5c6";
        for (query, wanted) in [
            ("AgentIdentity=a/b".to_owned(), (400, "parameter_invalid")),
            (format!("AgentIdentity={AGENT}&AgentUserId=me"), (400, "parameter_invalid")),
            (
                format!("AgentIdentity={AGENT}&AgentUserId={user}&AgentUsername=a@b.example"),
                (400, "parameter_invalid"),
            ),
            ("AgentUsername=a@b.example".to_owned(), (400, "parameter_invalid")),
            ("optionsOverride.BaseUrl=https://evil".to_owned(), (403, "override_refused")),
            ("optionsOverride.PopClaims=x".to_owned(), (400, "parameter_unknown")),
            ("AgentIdentiy=x".to_owned(), (400, "parameter_unknown")),
            (
                "optionsOverride.AcquireTokenOptions.PopPublicKey=x".to_owned(),
                (400, "parameter_unknown"),
            ),
            (format!("AgentIdentity={AGENT}&agentidentity={AGENT}"), (400, "parameter_invalid")),
            (
                format!("optionsOverride.AcquireTokenOptions.FmiPath={AGENT}"),
                (403, "override_refused"),
            ),
            (
                "optionsOverride.ExtraHeaderParameters.Authorization=x".to_owned(),
                (403, "override_refused"),
            ),
        ] {
            assert_eq!(refused(&query), wanted, "{query}");
        }
    }
}
