"""The MCP SDK's client calls tools as an agent, with Vicar's tokens."""

from importlib.metadata import version
from typing import Any

import anyio
import httpx2
from conversation import given, tell
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from sidecar import Refused, SidecarAuth

world = given()


async def session(auth: httpx2.Auth | None) -> dict[str, Any]:
    """Connects, lists the tools, calls one."""
    async with (
        httpx2.AsyncClient(auth=auth, timeout=20) as http,
        Client(streamable_http_client(world["mcp"], http_client=http)) as client,
    ):
        listed = await client.list_tools()
        called = await client.call_tool("search_invoices", {"customer": "Fabrikam"})
        return {
            "server": client.server_info.name,
            "protocol": client.protocol_version,
            "tools": [tool.name for tool in listed.tools],
            "text": called.content[0].text,
            "structured": called.structured_content,
        }


def for_agent(agent: str, api: str = "Tools") -> SidecarAuth:
    return SidecarAuth(world["sidecar"], api, world["person"], AgentIdentity=agent)


async def main() -> None:
    report: dict[str, Any] = {"for_person": await session(for_agent(world["agent"]))}
    report["alone"] = await session(for_agent(world["agent"], "ToolsAlone"))
    try:
        await session(for_agent(world["stranger"]))
    except* Refused as group:
        report["refused"] = only(group).problem
    try:
        await session(None)
    except* MCPError as group:
        report["without_sidecar"] = str(only(group))
    tell("result", version=version("mcp"), **report)


def only(group: BaseExceptionGroup[Any]) -> Any:
    """The one exception in a group of groups."""
    (inner,) = group.exceptions
    return only(inner) if isinstance(inner, BaseExceptionGroup) else inner


anyio.run(main)
