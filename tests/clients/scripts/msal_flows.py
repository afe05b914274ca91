"""Microsoft's `msal` against the lab: every flow it has that the lab plays, and refusals."""

from typing import Any

import msal
from conversation import given, tell

world = given()

# What the lab needs of a client. `instance_discovery` would ask the real cloud.
surroundings = {
    "authority": world["authority"],
    "verify": world["ca"],
    "instance_discovery": False,
}


def confidential(app: dict[str, Any], credential: Any) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        app["id"], client_credential=credential, **surroundings
    )


def seen(result: dict[str, Any] | None) -> dict[str, Any]:
    """What both languages report of a result."""
    if result is None:
        return {"error": "nothing"}
    if "access_token" in result:
        return {
            "token": result["access_token"],
            "cached": result["token_source"] == "cache",
            "expires_in": result["expires_in"],
        }
    return {
        "error": result["error"],
        "suberror": result.get("suberror"),
        "code": next(iter(result["error_codes"]), None),
        "claims": result.get("claims"),
    }


flows: dict[str, dict[str, Any]] = {}

# A person at a terminal.
terminal = msal.PublicClientApplication(world["terminal"]["id"], **surroundings)
tools = f"api://{world['tools']['id']}"


def device(step: str) -> dict[str, Any]:
    flow = terminal.initiate_device_flow(scopes=[f"{tools}/tools.read"])
    tell(step, user_code=flow["user_code"], page=flow["verification_uri"], text=flow["message"])
    return terminal.acquire_token_by_device_flow(flow)


signed_in = device("device")
flows["device"] = seen(signed_in)
flows["device_declined"] = seen(device("device_declined"))

(account,) = terminal.get_accounts()
person = {"name": account["username"], "id": account["local_account_id"]}


def silent(scope: str, force: bool = False) -> dict[str, Any] | None:
    return terminal.acquire_token_silent_with_error([scope], account, force_refresh=force)


flows["silent"] = seen(silent(f"{tools}/tools.read"))
flows["refresh"] = seen(silent(f"{tools}/tools.read", force=True))
for_blueprint = silent(f"api://{world['blueprint']['id']}/access_as_user")
flows["refresh_other_resource"] = seen(for_blueprint)

# An application as itself.
nightly = world["nightly"]
certificate = {"private_key": nightly["key"], "public_certificate": nightly["certificate"]}
default = [f"{tools}/.default"]

with_secret = confidential(nightly, nightly["secret"])
flows["secret"] = seen(with_secret.acquire_token_for_client(default))
flows["secret_again"] = seen(with_secret.acquire_token_for_client(default))
flows["certificate"] = seen(confidential(nightly, certificate).acquire_token_for_client(default))
flows["secret_wrong"] = seen(confidential(nightly, "guess").acquire_token_for_client(default))

# An API that calls another one for the person.
middle = confidential(world["tools"], world["tools"]["secret"])
graph = "https://graph.microsoft.com"
on_behalf_of = middle.acquire_token_on_behalf_of(
    signed_in["access_token"], [f"{graph}/User.Read"]
)
flows["on_behalf_of"] = seen(on_behalf_of)
for name, assertion, scope in [
    ("consent_missing", signed_in, f"{graph}/Mail.Read"),
    ("assertion_for_another", on_behalf_of, f"{graph}/User.Read"),
    ("sign_in_demanded", signed_in, "api://plain.contoso.example/plain.read"),
]:
    flows[name] = seen(middle.acquire_token_on_behalf_of(assertion["access_token"], [scope]))

# An agent, which has no credential but its blueprint's word.
exchange = ["api://AzureADTokenExchange/.default"]
blueprint = confidential(world["blueprint"], world["blueprint"]["secret"])


def word(_: Any = None) -> str:
    answer = blueprint.acquire_token_for_client(exchange, fmi_path=world["agent"]["id"])
    return answer["access_token"]


agent = confidential(world["agent"], {"client_assertion": word})
flows["agent_alone"] = seen(agent.acquire_token_for_client(default))
flows["agent_on_behalf_of"] = seen(
    agent.acquire_token_on_behalf_of(for_blueprint["access_token"], default)
)
passport = agent.acquire_token_for_client(exchange)["access_token"]
flows["agent_user"] = seen(
    agent.acquire_token_by_user_federated_identity_credential(
        default, passport, username=world["agent_user"]
    )
)
flows["agent_without_path"] = seen(blueprint.acquire_token_for_client(exchange))

tell("result", version=msal.__version__, person=person, flows=flows)
