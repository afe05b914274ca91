//! What happens, one scene after the other.

use serde_json::{Value, json};
use vicar_exchange::Secret;
use vicar_native::{
    exchange::{
        DevicePrompt, NativeExchanger, Prompt, Reading, RunError, Runner, SigningKeys, Whose,
    },
    http::{Carrier, block_on},
};

use super::{
    BLUEPRINT, CONTOSO, DANA, FABRIKAM, INVOICE, REPORT, StoryError, TERMINAL, TOOLS,
    office::{Called, Office},
    stand_in::StandIn,
};

/// A person's sign-in by device code.
pub(super) struct SignedIn {
    pub(super) prompt: Option<DevicePrompt>,
    pub(super) token: String,
    pub(super) whose: Option<Whose>,
}

/// A call that must not pass.
pub(super) struct Case {
    pub(super) title: &'static str,
    pub(super) called: Called,
    pub(super) expected: (u16, &'static str),
    /// Who is behind the call.
    pub(super) person: Option<&'static str>,
}

/// Signs in as `vicar login` does; the lab plays the click.
pub(super) fn sign_in(entra: &StandIn, person: &'static str) -> Result<SignedIn, StoryError> {
    let scope = format!("api://{BLUEPRINT}/access_as_user");
    let spec = json!({"flow": {"entra": {
        "authority": {"cloud": "public", "origin": entra.lab.origin}, "tenant": CONTOSO,
        "grant": {"device_code": {
            "client": TERMINAL,
            "target": {"scopes": [scope], "audiences": [BLUEPRINT, format!("api://{BLUEPRINT}")]},
        }},
    }}});
    let runner = runner(entra)?;
    let mut hands = Hands { entra, person, shown: None };
    let spec = Secret::new(spec.to_string());
    let granted = block_on(runner.run(&NativeExchanger, &spec, &mut hands))
        .map_err(|failure| StoryError::Vicar(failure.to_string()))?
        .map_err(|error| StoryError::Vicar(error.to_string()))?;
    let whose = match &granted.token.reading {
        Reading::Checked(identity) => Whose::read(identity),
        _ => None,
    };
    let token = granted.token.access_token.expose().to_owned();
    Ok(SignedIn { prompt: hands.shown, token, whose })
}

/// A runner that trusts the lab.
pub(super) fn runner(entra: &StandIn) -> Result<Runner, StoryError> {
    let carrier = Carrier::new(Some(entra.lab.ca_pem.as_bytes()))
        .map_err(|failure| StoryError::Vicar(failure.to_string()))?;
    Ok(Runner::new(carrier, SigningKeys::default().into()))
}

/// The person's hands at another device.
struct Hands<'a> {
    entra: &'a StandIn,
    person: &'a str,
    shown: Option<DevicePrompt>,
}

impl Prompt for Hands<'_> {
    fn show(&mut self, prompt: &DevicePrompt) {
        let decision = json!({"user_code": prompt.user_code, "approve": self.person});
        // Another device, so another thread: this one runs the exchange. If the click does not
        // come through, the sign-in fails and says so.
        let entra = self.entra;
        std::thread::scope(|scope| {
            let _ = scope.spawn(|| entra.control("device", &decision).is_ok()).join();
        });
        self.shown = Some(prompt.clone());
    }
}

/// The agent alone.
pub(super) fn nobody(entra: &StandIn, office: &Office) -> Result<Case, StoryError> {
    Ok(Case {
        title: "The same agent, with nobody behind it",
        called: office.call(entra, INVOICE, None, "")?,
        expected: (403, "no_permit"),
        person: None,
    })
}

/// A person whose token is good, in another tenant.
pub(super) fn stranger(entra: &StandIn, office: &Office) -> Result<Case, StoryError> {
    let kim = person(entra, FABRIKAM, COMMAND_LINE, "kim@fabrikam.example")?;
    Ok(Case {
        title: "Another tenant's person",
        called: office.call(entra, INVOICE, Some(&kim), "")?,
        expected: (401, "tenant_untrusted"),
        person: Some("Kim of Fabrikam"),
    })
}

/// An agent that nobody has consented to for this person.
pub(super) fn without_consent(entra: &StandIn, office: &Office) -> Result<Case, StoryError> {
    let robin = person(entra, CONTOSO, TERMINAL, "robin@contoso.example")?;
    Ok(Case {
        title: "A person who has not consented to this agent",
        called: office.call(entra, REPORT, Some(&robin), "")?,
        expected: (403, "consent_missing"),
        person: Some("Robin"),
    })
}

/// A demand of Conditional Access on the way to T2.
pub(super) fn without_second_factor(
    entra: &StandIn,
    office: &Office,
    dana: &str,
) -> Result<Case, StoryError> {
    let demand = json!({"tenant": CONTOSO, "conditional_access": [
        {"id": "c1d2e3f4-0000-4000-8000-000000000001", "people": [DANA], "resources": [TOOLS],
         "demand": "mfa"},
    ]});
    entra.control("directory", &demand)?;
    let more = "&optionsOverride.AcquireTokenOptions.ForceRefresh=true";
    let called = office.call(entra, INVOICE, Some(dana), more);
    entra.control("directory", &json!({"tenant": CONTOSO, "conditional_access": []}))?;
    Ok(Case {
        title: "Conditional Access wants a second factor",
        called: called?,
        expected: (401, "interaction_required"),
        person: Some("Dana"),
    })
}

/// A person's token for the blueprint, from a sign-in long ago.
fn person(entra: &StandIn, tenant: &str, client: &str, user: &str) -> Result<String, StoryError> {
    let scope = format!("api://{BLUEPRINT}/access_as_user");
    entra.sign_in(&json!({"tenant": tenant, "client": client, "user": user, "scope": scope}))
}

/// Microsoft's command line, which every tenant knows.
const COMMAND_LINE: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// A grant on the lab, as JSON.
pub(super) fn spec(entra: &StandIn, grant: &Value) -> Secret {
    let authority = json!({"cloud": "public", "origin": entra.lab.origin});
    let flow = json!({"entra": {"authority": authority, "tenant": CONTOSO, "grant": grant}});
    Secret::new(json!({ "flow": flow }).to_string())
}

/// Why an exchange gave no token.
pub(super) fn why(error: &RunError) -> StoryError {
    StoryError::Vicar(error.to_string())
}
