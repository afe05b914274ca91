//! From the file to the directory: ids, references and credentials are checked here.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    guid,
    settings::{self, ApplicationSettings, Settings, SettingsError, TenantSettings},
};

use super::{Application, ApplicationKind, Credential, Directory, Tenant, User};

impl Directory {
    /// Checks how the file's parts hang together.
    ///
    /// # Errors
    /// [`SettingsError`]: the first thing that does not fit.
    pub fn build(settings: &Settings) -> Result<Self, SettingsError> {
        let mut directory = Self { tenants: BTreeMap::new(), applications: BTreeMap::new() };
        if settings.tenants.is_empty() {
            return Err(SettingsError::Value { what: "tenants", why: "there is none" });
        }
        for settings in settings::microsoft()? {
            directory.add(application(&settings, ApplicationKind::Plain, None)?)?;
        }
        for tenant in &settings.tenants {
            directory.add_tenant(tenant)?;
        }
        for tenant in &settings.tenants {
            for application in tenant.blueprints.iter().chain(&tenant.apps) {
                directory.place(tenant, application)?;
            }
        }
        for tenant in &settings.tenants {
            directory.check(tenant)?;
        }
        Ok(directory)
    }

    fn add(&mut self, application: Application) -> Result<(), SettingsError> {
        let id = application.id.clone();
        match self.applications.insert(id.clone(), application) {
            Some(_) => Err(SettingsError::Twice { what: "application", id }),
            None => Ok(()),
        }
    }

    fn add_tenant(&mut self, settings: &TenantSettings) -> Result<(), SettingsError> {
        id("tenant", &settings.id)?;
        if self.tenant(&settings.id).is_some() || self.tenant(&settings.domain).is_some() {
            return Err(SettingsError::Twice { what: "tenant", id: settings.id.clone() });
        }
        let lifetimes = &settings.lifetimes;
        if lifetimes.access_shortest > lifetimes.access_longest {
            return Err(SettingsError::Value {
                what: "lifetimes",
                why: "`access_shortest` is more than `access_longest`",
            });
        }
        let mut tenant = Tenant {
            id: settings.id.clone(),
            name: settings.name.clone(),
            domain: settings.domain.to_ascii_lowercase(),
            region: settings.region.clone(),
            created: settings.created,
            lifetimes: lifetimes.clone(),
            users: users(settings)?,
            principals: BTreeMap::new(),
            delegated: settings.consents.delegated.clone(),
            application: settings.consents.application.clone(),
            rules: settings.conditional_access.clone(),
        };
        for application in self.applications.values().filter(|it| it.microsoft) {
            let principal = guid::derived(&["principal", &tenant.id, &application.id]);
            tenant.principals.insert(application.id.clone(), principal);
        }
        let home = Some(settings.id.as_str());
        for blueprint in &settings.blueprints {
            self.add(application(blueprint, ApplicationKind::Blueprint, home)?)?;
        }
        for app in &settings.apps {
            self.add(application(app, ApplicationKind::Plain, home)?)?;
        }
        for agent in &settings.agents {
            let kind = ApplicationKind::Agent { blueprint: agent.blueprint.clone() };
            let own = ApplicationSettings {
                id: agent.id.clone(),
                name: agent.name.clone(),
                disabled: agent.disabled,
                ..ApplicationSettings::default()
            };
            self.add(application(&own, kind, home)?)?;
            tenant.principals.insert(agent.id.clone(), agent.id.clone());
        }
        for identity in &settings.managed_identities {
            let kind =
                ApplicationKind::ManagedIdentity { resource_id: identity.resource_id.clone() };
            let own = ApplicationSettings {
                id: identity.id.clone(),
                name: identity.name.clone(),
                ..ApplicationSettings::default()
            };
            self.add(application(&own, kind, home)?)?;
            let principal = principal(identity.principal.as_ref(), &tenant.id, &identity.id)?;
            tenant.principals.insert(identity.id.clone(), principal);
        }
        self.tenants.insert(tenant.id.clone(), tenant);
        Ok(())
    }

    /// Gives an application its service principals.
    fn place(
        &mut self,
        home: &TenantSettings,
        settings: &ApplicationSettings,
    ) -> Result<(), SettingsError> {
        let elsewhere =
            settings.also_in.iter().map(|place| (&place.tenant, place.principal.as_ref()));
        let at_home = [(&home.id, settings.principal.as_ref())];
        for (tenant, given) in at_home.into_iter().chain(elsewhere) {
            let principal = principal(given, tenant, &settings.id)?;
            let Some(tenant) = self.tenants.get_mut(tenant) else {
                return Err(SettingsError::Unknown {
                    what: "also_in",
                    id: tenant.clone(),
                    hint: "name a tenant of this file",
                });
            };
            tenant.principals.insert(settings.id.clone(), principal);
        }
        Ok(())
    }

    /// Checks what refers to something else.
    fn check(&self, settings: &TenantSettings) -> Result<(), SettingsError> {
        let Some(tenant) = self.tenants.get(&settings.id) else { return Ok(()) };
        let known = |what, id: &String, hint| {
            self.application(tenant, id).ok_or_else(|| SettingsError::Unknown {
                what,
                id: id.clone(),
                hint,
            })
        };
        for agent in &settings.agents {
            let parent =
                known("blueprint of an agent", &agent.blueprint, "add it to `blueprints`")?;
            if !parent.is_blueprint() {
                return Err(SettingsError::Unknown {
                    what: "blueprint of an agent",
                    id: agent.blueprint.clone(),
                    hint: "that is an application, but no blueprint",
                });
            }
        }
        let mut owners = BTreeSet::new();
        for user in &settings.agent_users {
            let agent = known("agent of an agent user", &user.agent, "add it to `agents`")?;
            if agent.blueprint().is_none() {
                return Err(SettingsError::Unknown {
                    what: "agent of an agent user",
                    id: user.agent.clone(),
                    hint: "that is an application, but no agent identity",
                });
            }
            if !owners.insert(&user.agent) {
                return Err(SettingsError::Twice {
                    what: "agent of an agent user",
                    id: user.agent.clone(),
                });
            }
        }
        for consent in &settings.consents.delegated {
            known("client of a delegated consent", &consent.client, "add it to the tenant")?;
            let resource =
                known("resource of a delegated consent", &consent.resource, "add it to `apps`")?;
            defined("delegated consent", &resource.id, &consent.scopes, &resource.scopes)?;
            if let Some(person) = &consent.person
                && tenant.user(person).is_none()
            {
                return Err(SettingsError::Unknown {
                    what: "person of a delegated consent",
                    id: person.clone(),
                    hint: "add it to `people` or `agent_users`",
                });
            }
        }
        for consent in &settings.consents.application {
            known("client of an application consent", &consent.client, "add it to the tenant")?;
            let resource =
                known("resource of an application consent", &consent.resource, "add it to `apps`")?;
            defined("application consent", &resource.id, &consent.roles, &resource.app_roles)?;
        }
        for application in settings.blueprints.iter().chain(&settings.apps) {
            for trusted in &application.pre_authorised {
                known("pre-authorised client", &trusted.client, "add it to `apps`")?;
                let what = "pre-authorised client";
                defined(what, &application.id, &trusted.scopes, &application.scopes)?;
            }
        }
        Ok(())
    }
}

fn users(settings: &TenantSettings) -> Result<BTreeMap<String, User>, SettingsError> {
    let mut users = BTreeMap::new();
    let agents = settings.agent_users.iter().map(|user| User {
        id: user.id.clone(),
        name: user.name.clone(),
        upn: user.upn.clone(),
        agent: Some(user.agent.clone()),
        disabled: user.disabled,
        revoked: 0,
        guest_of: None,
        groups: Vec::new(),
        directory_roles: Vec::new(),
        app_roles: BTreeMap::new(),
    });
    let people = settings.people.iter().map(|person| User {
        id: person.id.clone(),
        name: person.name.clone(),
        upn: person.upn.clone(),
        agent: None,
        disabled: person.disabled,
        revoked: 0,
        guest_of: person.guest_of.clone(),
        groups: person.groups.clone(),
        directory_roles: person.directory_roles.clone(),
        app_roles: person.app_roles.clone(),
    });
    let mut names = BTreeSet::new();
    for user in agents.chain(people) {
        id("user", &user.id)?;
        if !names.insert(user.upn.to_ascii_lowercase()) {
            return Err(SettingsError::Twice { what: "user principal name", id: user.upn });
        }
        if let Some(twice) = users.insert(user.id.clone(), user) {
            return Err(SettingsError::Twice { what: "user", id: twice.id });
        }
    }
    Ok(users)
}

fn application(
    settings: &ApplicationSettings,
    kind: ApplicationKind,
    home: Option<&str>,
) -> Result<Application, SettingsError> {
    id("application", &settings.id)?;
    let token_version = match settings.token_version {
        None => {
            if kind == ApplicationKind::Blueprint {
                2
            } else {
                1
            }
        }
        Some(version @ (1 | 2)) => version,
        Some(_) => {
            return Err(SettingsError::Value {
                what: "token_version",
                why: "it is neither 1 nor 2",
            });
        }
    };
    let credentials = settings
        .credentials
        .iter()
        .map(|credential| {
            Credential::read(credential)
                .map_err(|why| SettingsError::Credential { application: settings.id.clone(), why })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if settings.public && !credentials.is_empty() {
        return Err(SettingsError::Credential {
            application: settings.id.clone(),
            why: "a public client has none".to_owned(),
        });
    }
    Ok(Application {
        id: settings.id.clone(),
        name: settings.name.clone(),
        kind,
        home: home.map(str::to_owned),
        disabled: settings.disabled,
        public: settings.public,
        microsoft: settings.microsoft,
        token_version,
        header_nonce: settings.header_nonce,
        continuous_access: settings.continuous_access,
        assignment_required: settings.assignment_required,
        identifier_uris: settings.identifier_uris.clone(),
        scopes: settings.scopes.clone(),
        app_roles: settings.app_roles.clone(),
        optional_claims: settings.optional_claims.clone(),
        pre_authorised: settings.pre_authorised.clone(),
        credentials,
        inheritable: settings.inheritable.clone(),
    })
}

fn principal(given: Option<&String>, tenant: &str, app: &str) -> Result<String, SettingsError> {
    match given {
        Some(principal) => id("principal", principal).map(|()| principal.clone()),
        None => Ok(guid::derived(&["principal", tenant, app])),
    }
}

fn defined(
    what: &'static str,
    resource: &str,
    names: &[String],
    defined: &[String],
) -> Result<(), SettingsError> {
    match names.iter().find(|name| !defined.contains(name)) {
        Some(name) => Err(SettingsError::NotDefined {
            what,
            resource: resource.to_owned(),
            name: name.clone(),
        }),
        None => Ok(()),
    }
}

fn id(what: &'static str, id: &str) -> Result<(), SettingsError> {
    if guid::is_guid(id) {
        Ok(())
    } else {
        Err(SettingsError::NotAGuid { what, id: id.to_owned() })
    }
}
