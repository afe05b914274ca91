//! The set-up calls of Graph: from nothing to an agent with a token on behalf of a person.

use serde_json::{Value, json};

use crate::client::{CONTOSO_ID, INVOICE, JWT, TERMINAL, TOOLS, TestLab, claims};

const GRAPH_CLI: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

struct Graph<'a> {
    lab: &'a TestLab,
    token: String,
}

impl Graph<'_> {
    fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = self
            .lab
            .client
            .request(method.parse().unwrap(), self.lab.url(path))
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .header("odata-version", "4.0");
        let request = if body.is_null() { request } else { request.body(body.to_string()) };
        let answer = request.send().unwrap();
        (answer.status().as_u16(), answer.json().unwrap_or_default())
    }

    fn made(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }
}

fn sign_in(lab: &TestLab, client: &str, scope: &str) -> String {
    let answer: Value = lab
        .control("sign-in", &json!({
            "tenant": CONTOSO_ID, "client": client, "user": "dana@contoso.example", "scope": scope,
        }))
        .json()
        .unwrap();
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[test]
fn an_agent_is_set_up_and_acts_for_a_person() {
    let lab = TestLab::start();
    let admin = Graph {
        lab: &lab,
        token: sign_in(&lab, GRAPH_CLI, "https://graph.microsoft.com/.default"),
    };
    let me = admin.made("GET", "v1.0/me", &Value::Null);
    let sponsor =
        json!([format!("https://graph.microsoft.com/v1.0/users/{}", me["id"].as_str().unwrap())]);

    let blueprint = admin.made(
        "POST",
        "beta/applications",
        &json!({
            "@odata.type": "Microsoft.Graph.AgentIdentityBlueprint", "displayName": "New blueprint",
            "sponsors@odata.bind": sponsor, "owners@odata.bind": sponsor,
        }),
    );
    let id = blueprint["appId"].as_str().unwrap();
    admin.made(
        "POST",
        "beta/serviceprincipals/graph.agentIdentityBlueprintPrincipal",
        &json!({"appId": id}),
    );
    let secret = admin.made(
        "POST",
        &format!("beta/applications/{id}/addPassword"),
        &json!({"passwordCredential": {"displayName": "x"}}),
    );
    let secret = secret["secretText"].as_str().unwrap();
    admin.made("POST", &format!("beta/applications/{id}/federatedIdentityCredentials"), &json!({
        "name": "cluster", "issuer": "https://oidc.contoso.example", "subject": "system:serviceaccount:a:b",
        "audiences": ["api://AzureADTokenExchange"],
    }));
    admin.made(
        "PATCH",
        &format!("beta/applications/{id}"),
        &json!({
            "identifierUris": [format!("api://{id}")],
            "api": {"oauth2PermissionScopes": [{"value": "access_as_user", "isEnabled": true}]},
        }),
    );

    let own = lab.token(&[
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("scope", "https://graph.microsoft.com/.default"),
    ]);
    let by_blueprint = Graph { lab: &lab, token: own };
    let agent = by_blueprint.made("POST", "beta/serviceprincipals/Microsoft.Graph.AgentIdentity", &json!({
        "displayName": "New agent", "agentIdentityBlueprintId": id, "sponsors@odata.bind": sponsor,
    }));
    let agent = agent["id"].as_str().unwrap();
    let account = by_blueprint.made(
        "POST",
        "beta/users",
        &json!({
            "@odata.type": "microsoft.graph.agentUser", "displayName": "New agent",
            "userPrincipalName": "new-agent@contoso.example", "identityParentId": agent,
            "accountEnabled": true,
        }),
    );
    assert_eq!(account["identityParentId"], agent);

    let tools = admin.made(
        "GET",
        &format!("beta/servicePrincipals?$filter=appId%20eq%20'{TOOLS}'"),
        &Value::Null,
    );
    let tools = &tools["value"][0];
    admin.made("POST", "beta/oauth2PermissionGrants", &json!({
        "clientId": agent, "consentType": "AllPrincipals", "resourceId": tools["id"], "scope": "tools.read",
    }));
    admin.made("POST", &format!("beta/servicePrincipals/{agent}/appRoleAssignments"), &json!({
        "principalId": agent, "resourceId": tools["id"], "appRoleId": tools["appRoles"][0]["id"],
    }));
    let blueprint_principal = admin.made(
        "GET",
        &format!("beta/servicePrincipals?$filter=appId%20eq%20'{id}'"),
        &Value::Null,
    );
    let terminal = admin.made(
        "GET",
        &format!("beta/servicePrincipals?$filter=appId%20eq%20'{TERMINAL}'"),
        &Value::Null,
    );
    admin.made(
        "POST",
        "beta/oauth2PermissionGrants",
        &json!({
            "clientId": terminal["value"][0]["id"], "consentType": "AllPrincipals",
            "resourceId": blueprint_principal["value"][0]["id"], "scope": "access_as_user",
        }),
    );

    let t1 = lab.token(&[
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("scope", "api://AzureADTokenExchange/.default"),
        ("fmi_path", agent),
    ]);
    let tc = sign_in(&lab, TERMINAL, &format!("api://{id}/access_as_user"));
    let scope = format!("{TOOLS}/.default");
    let proof = [
        ("client_id", agent),
        ("client_assertion_type", JWT),
        ("client_assertion", &t1),
        ("scope", &scope),
    ];
    let mut form = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", &tc),
        ("requested_token_use", "on_behalf_of"),
    ];
    form.extend(proof);
    let t2 = claims(&lab.token(&form));
    assert_eq!(
        (&t2["azp"], &t2["scp"], &t2["oid"]),
        (&json!(agent), &json!("tools.read"), &me["id"])
    );
    let mut form = vec![("grant_type", "client_credentials")];
    form.extend(proof);
    assert_eq!(claims(&lab.token(&form))["roles"], json!(["Tools.Invoke"]));
}

#[test]
fn graph_refuses_what_it_refuses() {
    let lab = TestLab::start();
    let nobody = Graph { lab: &lab, token: "eyJ".to_owned() };
    let (status, answer) = nobody.call("GET", "v1.0/me", &Value::Null);
    assert_eq!((status, &answer["error"]["code"]), (401, &json!("InvalidAuthenticationToken")));
    let wrong = Graph { lab: &lab, token: lab.t1() };
    assert_eq!(wrong.call("GET", "v1.0/me", &Value::Null).0, 401, "T1 is no token for Graph");

    let t1 = lab.t1();
    let agent = lab.token(&[
        ("grant_type", "client_credentials"),
        ("client_id", INVOICE),
        ("client_assertion_type", JWT),
        ("client_assertion", &t1),
        ("scope", &format!("{GRAPH}/.default")),
    ]);
    let agent = Graph { lab: &lab, token: agent };
    let path = "beta/serviceprincipals/Microsoft.Graph.AgentIdentity";
    let (status, answer) = agent.call("POST", path, &json!({}));
    assert_eq!(status, 403);
    assert_eq!(answer["error"]["code"], "Error_AgentIdentitiesCreatingAgentIdentitiesNotAllowed");
    let (status, answer) = agent.call("POST", "beta/applications", &json!({}));
    assert_eq!((status, &answer["error"]["code"]), (403, &json!("Authorization_RequestDenied")));

    let admin = Graph {
        lab: &lab,
        token: sign_in(&lab, GRAPH_CLI, "https://graph.microsoft.com/.default"),
    };
    let (status, answer) =
        admin.call("POST", &format!("beta/serviceprincipals/{INVOICE}/addPassword"), &json!({}));
    assert_eq!(
        (status, &answer["error"]["code"]),
        (400, &json!("AgentIdentity_CredentialsNotSupported"))
    );
    assert_eq!(
        admin.call("POST", "beta/applications", &json!({"displayName": "x"})).0,
        400,
        "no sponsor"
    );
    assert_eq!(admin.call("DELETE", "beta/applications/x", &Value::Null).0, 404);
}
