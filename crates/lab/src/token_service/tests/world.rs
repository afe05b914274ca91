//! A directory, keys, a time, and the tokens that cases start from.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::{Map, Value};

use crate::{
    Authority, Directory, Form, Grants, KeyRing, Refusal, SeededRandom, SignIn, SigningKey,
    TokenAnswer, TokenRequest, TokenService,
    settings::{CONTOSO, Settings},
};

pub(super) const START: u64 = 1_790_000_000;
pub(super) const CONTOSO_ID: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
pub(super) const FABRIKAM_ID: &str = "f4b21c00-1d2e-4f30-8a41-5b6c7d8e9f00";
pub(super) const BLUEPRINT: &str = "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a";
pub(super) const INVOICE: &str = "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b";
pub(super) const REPORT: &str = "a9e27001-2d3e-4f40-9b6c-7d8e9f0a1b2c";
pub(super) const TOOLS: &str = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
pub(super) const TERMINAL: &str = "e4d3c2b1-6a5f-4f4e-9d3c-2b1a09f8e7d6";
pub(super) const NIGHTLY: &str = "d1c2b3a4-0f1e-4d2c-8b3a-495867768594";
pub(super) const DANA: &str = "1f2e3d4c-5b6a-4798-8877-665544332211";
pub(super) const JWT: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
pub(super) const ON_BEHALF_OF: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
pub(super) const EXCHANGE: &str = "api://AzureADTokenExchange/.default";

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());

pub(super) struct World {
    pub(super) directory: Directory,
    pub(super) grants: Grants,
    pub(super) keys: KeyRing,
    pub(super) authority: Authority,
    pub(super) random: SeededRandom,
    pub(super) now: u64,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            directory: Directory::build(&Settings::parse(CONTOSO).unwrap()).unwrap(),
            grants: Grants::default(),
            keys: KeyRing::new(KEY.clone()),
            authority: Authority::public_cloud("https://localhost:8443"),
            random: SeededRandom::new(1),
            now: START,
        }
    }

    pub(super) fn service(&mut self) -> TokenService<'_> {
        TokenService {
            directory: &self.directory,
            grants: &mut self.grants,
            keys: &self.keys,
            authority: &self.authority,
            now: self.now,
            random: &mut self.random,
            tampering: None,
        }
    }

    pub(super) fn ask(
        &mut self,
        tenant: &str,
        form: &[(&str, &str)],
    ) -> Result<TokenAnswer, Refusal> {
        let form: Form = form.iter().copied().collect();
        self.service().token(&TokenRequest {
            tenant,
            form: &form,
            address: Some("203.0.113.7"),
            issuer_keys: None,
        })
    }

    pub(super) fn t1(&mut self, tenant: &str, blueprint: &str, secret: &str, path: &str) -> String {
        self.ask(
            tenant,
            &[
                ("grant_type", "client_credentials"),
                ("client_id", blueprint),
                ("client_secret", secret),
                ("scope", EXCHANGE),
                ("fmi_path", path),
            ],
        )
        .unwrap()
        .access_token
    }

    pub(super) fn invoice_t1(&mut self) -> String {
        self.t1(CONTOSO_ID, BLUEPRINT, "lab-blueprint-secret", INVOICE)
    }

    pub(super) fn x2(&mut self, agent: &str, t1: &str) -> String {
        self.ask(
            CONTOSO_ID,
            &[
                ("grant_type", "client_credentials"),
                ("client_id", agent),
                ("client_assertion_type", JWT),
                ("client_assertion", t1),
                ("scope", EXCHANGE),
            ],
        )
        .unwrap()
        .access_token
    }

    pub(super) fn sign_in(
        &mut self,
        tenant: &str,
        client: &str,
        user: &str,
        scope: &str,
    ) -> TokenAnswer {
        self.service()
            .sign_in(&SignIn {
                tenant: tenant.to_owned(),
                client: client.to_owned(),
                user: user.to_owned(),
                scope: scope.to_owned(),
                mfa: false,
                contexts: Vec::new(),
            })
            .unwrap()
    }

    pub(super) fn tc(&mut self) -> String {
        self.sign_in(CONTOSO_ID, TERMINAL, DANA, &format!("api://{BLUEPRINT}/access_as_user"))
            .access_token
    }

    /// The words of the cases: ids, and tokens made now.
    pub(super) fn words(&mut self) -> BTreeMap<&'static str, String> {
        let tc = self.tc();
        let t1 = self.invoice_t1();
        let t1_report = self.t1(CONTOSO_ID, BLUEPRINT, "lab-blueprint-secret", REPORT);
        let travel = "c0ffee02-6c2f-4e3b-8b88-2a3b4c5d6e7f";
        let fabrikam_blueprint = "c0ffee03-7d30-4f4c-9c99-3b4c5d6e7f80";
        let robin = "2a3b4c5d-6c7b-4897-9988-776655443322";
        let guest = "3b4c5d6e-7d8c-4996-8a99-887766554433";
        let access = format!("api://{BLUEPRINT}/access_as_user");
        BTreeMap::from([
            ("$agent_user", "5d6e7f80-2b3c-4d5e-9f60-718293a4b5c6".to_owned()),
            ("$blueprint", BLUEPRINT.to_owned()),
            ("$contoso", CONTOSO_ID.to_owned()),
            ("$dana", DANA.to_owned()),
            ("$exchange", crate::directory::TOKEN_EXCHANGE.to_owned()),
            ("$fabrikam", FABRIKAM_ID.to_owned()),
            ("$fabrikam_blueprint", fabrikam_blueprint.to_owned()),
            ("$guest", guest.to_owned()),
            (
                "$id_token",
                self.sign_in(CONTOSO_ID, TERMINAL, DANA, &format!("{access} openid"))
                    .id_token
                    .unwrap(),
            ),
            ("$invoice", INVOICE.to_owned()),
            ("$jwt", JWT.to_owned()),
            ("$nightly", NIGHTLY.to_owned()),
            ("$plain", "8b7c6d5e-4f3a-4b2c-9d1e-0f9a8b7c6d5e".to_owned()),
            ("$report", REPORT.to_owned()),
            ("$t1", t1.clone()),
            ("$t1_changed", changed(&t1)),
            (
                "$t1_fabrikam",
                self.t1(FABRIKAM_ID, fabrikam_blueprint, "lab-fabrikam-secret", INVOICE),
            ),
            ("$t1_report", t1_report.clone()),
            ("$t1_stolen", self.t1(CONTOSO_ID, travel, "lab-travel-secret", INVOICE)),
            ("$tc", tc.clone()),
            ("$tc_changed", changed(&tc)),
            (
                "$tc_fabrikam",
                self.sign_in(
                    FABRIKAM_ID,
                    "14d82eec-204b-4c2f-b7e8-296a70dab67e",
                    "kim@fabrikam.example",
                    &format!("api://{fabrikam_blueprint}/access_as_user"),
                )
                .access_token,
            ),
            ("$tc_guest", self.sign_in(CONTOSO_ID, TERMINAL, guest, &access).access_token),
            ("$tc_robin", self.sign_in(CONTOSO_ID, TERMINAL, robin, &access).access_token),
            (
                "$tc_tools",
                self.sign_in(CONTOSO_ID, TERMINAL, DANA, &format!("{TOOLS}/.default")).access_token,
            ),
            (
                "$tc_travel",
                self.sign_in(CONTOSO_ID, TERMINAL, DANA, &format!("{travel}/access_as_user"))
                    .access_token,
            ),
            ("$terminal", TERMINAL.to_owned()),
            ("$tools", TOOLS.to_owned()),
            ("$tools_app", {
                let scope = format!("{TOOLS}/.default");
                let form = [
                    ("grant_type", "client_credentials"),
                    ("client_id", NIGHTLY),
                    ("client_secret", "lab-nightly-secret"),
                    ("scope", scope.as_str()),
                ];
                self.ask(CONTOSO_ID, &form).unwrap().access_token
            }),
            ("$x2", self.x2(INVOICE, &t1)),
            ("$x2_report", self.x2(REPORT, &t1_report)),
        ])
    }
}

/// The claims of a token.
pub(super) fn claims(token: &str) -> Map<String, Value> {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&vicar_token::base64url::decode(payload).unwrap()).unwrap()
}

/// The header of a token.
pub(super) fn header(token: &str) -> Map<String, Value> {
    let header = token.split('.').next().unwrap();
    serde_json::from_slice(&vicar_token::base64url::decode(header).unwrap()).unwrap()
}

/// The token with a claim more, and its old signature.
fn changed(token: &str) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let mut claims = claims(token);
    claims.insert("extra".to_owned(), Value::Bool(true));
    let payload = vicar_token::base64url::encode(&serde_json::to_vec(&claims).unwrap());
    format!("{}.{payload}.{}", parts[0], parts[2])
}
