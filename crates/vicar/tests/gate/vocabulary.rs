//! The schema that policies are validated against, and the values that they meet, agree.

use cedar_policy::{Context, Entities, Request, Schema};
use serde_json::json;
use vicar::{Call, Operation};
use vicar_compiler::reference::{to_cedar_context, to_cedar_entities, to_cedar_uid};

use crate::fixture::{NOW, gate, get, token, tool};

#[test]
fn cedar_takes_every_request_for_one_of_the_schema() {
    let mut gate = gate();
    let text = vicar::vocabulary::schema(gate.bundle().contents());
    insta::assert_snapshot!(text);
    let (schema, warnings) = Schema::from_cedarschema_str(&text).unwrap();
    assert_eq!(warnings.map(|warning| warning.to_string()).collect::<Vec<_>>(), [""; 0]);

    let agent = json!({ "idtyp": "app", "scp": null, "roles": ["Tools.Invoke"], "acct": null,
        "oid": "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b",
        "sub": "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b", "xms_idrel": "7", "xms_sub_fct": "11" });
    let account = json!({ "xms_sub_fct": "13", "oid": "5d6e7f80-2b3c-4d5e-9f60-718293a4b5c6" });
    let person = json!({ "appid": "e4d3c2b1-6a5f-4f4e-9d3c-2b1a09f8e7d6", "xms_act_fct": "3",
        "xms_par_app_azp": null, "groups": ["00000000-0000-4000-8000-00000000a0d1"],
        "department": "finance", "amr": ["mfa"], "auth_time": 1_790_000_000 });
    for changes in [json!({}), agent, account, person] {
        let mcp_token = token(changes.clone());
        let mut other = changes;
        other["aud"] = json!("api://reports");
        let api_token = token(other);
        let list = Call {
            operation: Operation::Mcp { method: "tools/list", name: None, arguments: None },
            ..tool(&mcp_token, "", "")
        };
        for call in [
            tool(&mcp_token, "search", "{\"query\": \"a\"}"),
            list,
            get(&api_token, "/reports/finance"),
        ] {
            let question = gate.question(&call, NOW).unwrap();
            let request = question.request();
            let context: Context = to_cedar_context(&request.context.to_record()).unwrap();
            Request::new(
                to_cedar_uid(request.principal).unwrap(),
                to_cedar_uid(request.action).unwrap(),
                to_cedar_uid(request.resource).unwrap(),
                context,
                Some(&schema),
            )
            .unwrap();
            let layers = [gate.world(), question.entities()];
            let entities = to_cedar_entities(&vicar_policy::Entities::new(&layers)).unwrap();
            let known = entities.iter().filter(|entity| {
                // Actions come from the schema itself.
                entity.uid().type_name().to_string() != "Action"
            });
            Entities::from_entities(known.cloned(), Some(&schema)).unwrap();
        }
    }
}
