"""Agents that use `lector mcp`, with the client of the protocol's own package."""

import base64
import io
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ImageContent, TextContent, TextResourceContents
from PIL import Image

from lector.local.process import free_port
from lector.local.tools import checkout
from tests.acceptance.commandline import LECTOR, Up, environment, start_lector, wait_until


class Agent:
    """An agent that calls tools."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def use(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What a tool answers; AssertionError if it refuses."""
        answer = await self.client.call_tool(tool, arguments)
        assert not answer.is_error, answer.content
        assert answer.structured_content is not None
        content: dict[str, Any] = answer.structured_content
        return content

    async def picture(self, **arguments: Any) -> Image.Image:
        """What see_page shows."""
        answer = await self.client.call_tool("see_page", arguments)
        [content] = answer.content
        assert isinstance(content, ImageContent), content
        assert content.mime_type == "image/jpeg"
        return Image.open(io.BytesIO(base64.b64decode(content.data)))

    async def refused(self, tool: str, **arguments: Any) -> str:
        """Why a tool refuses; AssertionError if it does not."""
        answer = await self.client.call_tool(tool, arguments)
        assert answer.is_error, answer.content
        return "".join(part.text for part in answer.content if isinstance(part, TextContent))

    async def attached(self, uri: str) -> str:
        """What a resource holds."""
        [content] = (await self.client.read_resource(uri)).contents
        assert isinstance(content, TextResourceContents)
        return content.text


@asynccontextmanager
async def agent(running: Up, *words: str | Path, **env: str) -> AsyncIterator[Agent]:
    """An agent that has started `lector mcp` with these words."""
    command, *arguments = [*LECTOR, "mcp", "--data", str(running.data), *map(str, words)]
    started = StdioServerParameters(
        command=command, args=arguments, env=environment(settings=env), cwd=checkout()
    )
    async with Client(started) as client:
        yield Agent(client)


@contextmanager
def listening(running: Up, **env: str) -> Iterator[str]:
    """The URL at which `lector mcp --http` listens until the block ends."""
    port = free_port()
    words = ("mcp", "--http", str(port), "--data", str(running.data))
    process = start_lector(*words, env=environment(settings=env))
    url = f"http://127.0.0.1:{port}/mcp"
    try:
        wait_until(lambda: _answers(url) or process.poll() is not None, 60)
        yield url
    finally:
        process.terminate()
        _, said = process.communicate(timeout=30)
    assert process.returncode == 143, said


@asynccontextmanager
async def agent_at(url: str, token: str | None = None) -> AsyncIterator[Agent]:
    """An agent that asks what listens at a URL, with a token of its own."""
    headers: Mapping[str, str] = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield Agent(client)


def _answers(url: str) -> bool:
    try:
        return httpx2.head(url).status_code == 405
    except httpx2.TransportError:
        return False
