"""The `openai` client calls a model as an agent, with Vicar's tokens."""

from typing import Any

import httpx2
import openai
from conversation import given, tell
from sidecar import Refused, SidecarAuth, SidecarTransport

world = given()
sidecar, model, person = world["sidecar"], world["model"], world["person"]

question: dict[str, Any] = {
    "model": "invoice-model",
    "messages": [{"role": "user", "content": "Which invoices are open?"}],
}


def client(http: httpx2.Client) -> openai.OpenAI:
    # The key is not used: what the HTTP client sends stands in its place.
    return openai.OpenAI(base_url=model, api_key="none", http_client=http, max_retries=0)


def hooked(agent: str) -> openai.OpenAI:
    return client(
        openai.DefaultHttpxClient(auth=SidecarAuth(sidecar, "Model", person, AgentIdentity=agent))
    )


def carried(agent: str) -> openai.OpenAI:
    transport = SidecarTransport(sidecar, "Model", model, person, AgentIdentity=agent)
    return client(openai.DefaultHttpxClient(transport=transport))


def handed_out() -> str:
    """What the client calls for a key before each request."""
    answer = httpx2.get(
        f"{sidecar}/AuthorizationHeader/Model",
        params={"AgentIdentity": world["agent"]},
        headers={"Authorization": f"Bearer {person}"},
    )
    return answer.raise_for_status().json()["authorizationHeader"].removeprefix("Bearer ")


def answer(service: openai.OpenAI) -> str | None:
    return service.chat.completions.create(**question).choices[0].message.content


def streamed(service: openai.OpenAI) -> list[str]:
    with service.chat.completions.create(stream=True, **question) as events:
        return [text for event in events if (text := event.choices[0].delta.content)]


agent = hooked(world["agent"])
report: dict[str, Any] = {"hook": answer(agent), "stream": streamed(agent)}
report["key"] = answer(openai.OpenAI(base_url=model, api_key=handed_out, max_retries=0))
report["downstream"] = answer(carried(world["agent"]))

try:
    answer(hooked(world["stranger"]))
except Refused as refused:
    report["hook_refused"] = refused.problem
try:
    answer(carried(world["stranger"]))
except openai.PermissionDeniedError as error:
    report["downstream_refused"] = error.body
try:
    # Without the sidecar: the person's own token, sent straight to the model.
    answer(openai.OpenAI(base_url=model, api_key=person, max_retries=0))
except openai.AuthenticationError as error:
    report["without_sidecar"] = error.body

tell("result", version=openai.__version__, **report)
