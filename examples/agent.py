"""An agent that answers questions from your documents, and says on which page it found what.

python agent.py letters "What does the binding cost?"

It reads what is in the folder, then a model of your choice searches and reads it by `lector mcp`,
as any agent that speaks MCP does. The model must know how to use tools. OPENAI_BASE_URL and
OPENAI_API_KEY say where it is, AGENT_MODEL what it is called.
"""

import asyncio
import json
import os
import sys
from collections.abc import Set
from pathlib import Path
from typing import Any

from mcp import MCPError, StdioServerParameters
from mcp.client import Client
from mcp.types import CallToolResult, TextContent, Tool
from openai import AsyncOpenAI

MODEL = os.environ.get("AGENT_MODEL", "gpt-5-mini")
MOST_STEPS = 20
KINDS = {".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".heic", ".gif", ".bmp"}


async def add(lector: Client, folder: Path) -> None:
    """Have every document of a folder read that was not read before."""
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS):
        added = await lector.call_tool("add_file", {"source": str(path), "wait_s": 120})
        print(f"{path.name}: {said(added) if added.is_error else 'is there'}", file=sys.stderr)


async def answer(model: AsyncOpenAI, lector: Client, question: str) -> str:
    """Let the model use tools, one answer after the other, until it has one for the person."""
    readers = [tool for tool in (await lector.list_tools()).tools if reads(tool)]
    tools: Any = [described(tool) for tool in readers]
    offered = {tool.name for tool in readers}
    talk: list[Any] = [
        {"role": "system", "content": lector.instructions or ""},
        {"role": "user", "content": question},
    ]
    for _ in range(MOST_STEPS):
        completion = await model.chat.completions.create(model=MODEL, messages=talk, tools=tools)
        message = completion.choices[0].message
        if not message.tool_calls:
            return message.content or ""
        talk.append(message.model_dump(exclude_none=True))
        talk += [await use(lector, call, offered) for call in message.tool_calls]
    return f"No answer after {MOST_STEPS} steps."


async def use(lector: Client, call: Any, offered: Set[str]) -> dict[str, str]:
    """What a tool answers that the model calls, for the model; what it was for, for the person.

    A model may name any tool, such as one that a document told it of: only those offered are used.
    """
    name = call.function.name
    print(f"{name} {call.function.arguments}", file=sys.stderr)
    try:
        if name not in offered:
            raise ValueError(f"there is no tool {name}")
        content = said(await lector.call_tool(name, json.loads(call.function.arguments)))
    except (ValueError, MCPError) as error:  # also arguments that are no JSON
        content = f"This does not work: {error}"
    return {"role": "tool", "tool_call_id": call.id, "content": content}


def described(tool: Tool) -> dict[str, Any]:
    """A tool as models are told of it."""
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.input_schema,
    }
    return {"type": "function", "function": function}


def reads(tool: Tool) -> bool:
    """Whether a tool changes nothing: whatever documents say, the model can only read."""
    return bool(tool.annotations and tool.annotations.read_only_hint)


def said(answer: CallToolResult) -> str:
    """The words of an answer."""
    return "\n".join(part.text for part in answer.content if isinstance(part, TextContent))


async def main(folder: Path, question: str) -> None:
    """Take the folder in, and print what the model answers."""
    words = ["-m", "lector.cli", "mcp", "--add-from", str(folder)]
    # The model is for answers; pages are read as they are elsewhere.
    env = {name: text for name, text in os.environ.items() if not name.startswith("OPENAI_")}
    started = StdioServerParameters(command=sys.executable, args=words, env=env)
    async with Client(started) as lector, AsyncOpenAI() as model:
        await add(lector, folder)
        print(await answer(model, lector, question))


asyncio.run(main(Path(sys.argv[1]).resolve(), sys.argv[2]))
