"""How an application puts Vicar between its HTTP client and its APIs."""

from collections.abc import Generator
from typing import Any

import httpx2


class Refused(Exception):
    """The sidecar hands out no token; `problem` is its answer."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem["detail"])
        self.problem = problem


class SidecarAuth(httpx2.Auth):
    """Gets each request's `Authorization` from the sidecar, which keeps the tokens."""

    requires_response_body = True

    def __init__(self, sidecar: str, api: str, person: str, **parameters: str) -> None:
        self.url = f"{sidecar}/AuthorizationHeader/{api}"
        self.person = {"Authorization": f"Bearer {person}"}
        self.parameters = parameters

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        answer = yield httpx2.Request(
            "GET", self.url, params=self.parameters, headers=self.person
        )
        if answer.status_code != 200:
            raise Refused(answer.json())
        request.headers["Authorization"] = answer.json()["authorizationHeader"]
        yield request


class SidecarTransport(httpx2.BaseTransport):
    """Sends each request through `/DownstreamApi`: the application never has a token at all."""

    def __init__(self, sidecar: str, api: str, base: str, person: str, **parameters: str) -> None:
        self.url = f"{sidecar}/DownstreamApi/{api}"
        self.base = httpx2.URL(base)
        self.person = person
        self.parameters = parameters
        self.client = httpx2.Client()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        call = {
            "optionsOverride.HttpMethod": request.method,
            "optionsOverride.RelativePath": request.url.path.removeprefix(self.base.path),
        }
        answer = self.client.post(
            self.url,
            params=self.parameters | call,
            content=request.read(),
            headers={
                "Authorization": f"Bearer {self.person}",
                "Content-Type": request.headers["Content-Type"],
            },
        )
        if answer.status_code != 200:
            # A problem document: what the client shows is what the sidecar said.
            return answer
        wrapped = answer.json()
        headers = [(name, value) for name, all in wrapped["headers"].items() for value in all]
        content = wrapped["content"].encode()
        return httpx2.Response(wrapped["statusCode"], headers=headers, content=content)

    def close(self) -> None:
        self.client.close()
