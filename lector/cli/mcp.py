"""mcp: what agents use of a Lector, over the Model Context Protocol."""

import sys
from contextlib import ExitStack
from pathlib import Path

import click

from lector.cli import options, session
from lector.cli.commands import NotInstalled
from lector.cli.output import echo
from lector.runtime import source_tree


@click.command()
@click.option(
    "--add-from",
    "folders",
    metavar="DIR",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Let agents add files from this folder and those below it. May be repeated; not with"
    " --http.",
)
@click.option("--add-urls", is_flag=True, help="Let agents have files fetched from addresses.")
@click.option(
    "--read-again",
    is_flag=True,
    help="Let agents have pages read once more, which may cost money.",
)
@click.option(
    "--http",
    "port",
    metavar="PORT",
    type=click.IntRange(1, 65535),
    help="Listen on http://127.0.0.1:PORT/mcp in place of standard input. Each agent sends its own"
    " token, if the Lector asks for one.",
)
@options.server
@options.token_file
@options.data_folder
def mcp(
    folders: tuple[Path, ...],
    *,
    add_urls: bool,
    read_again: bool,
    port: int | None,
    server: str | None,
    token: str | None,
    data: Path,
) -> None:
    """Let agents search and read documents, over the Model Context Protocol (MCP).

    An agent starts this itself and speaks to it on standard input and output; docs/mcp.md says what
    to put into its settings. Without --add-from, --add-urls and --read-again it can change nothing.
    The Lector is the one elsewhere, else the one that runs on the data folder, else one that is
    started for as long as this runs.
    """
    if port and token:
        raise click.UsageError("--http goes without --token-file: each agent sends its own token")
    if port and folders:
        detail = "every user of this machine could have your files read and see them"
        raise click.UsageError(f"--http goes without --add-from: {detail}")
    try:
        from lector.agents import server as agents  # noqa: PLC0415 - of an extra of its own
        from lector.agents.access import Permissions  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if not source_tree.is_foreign(error):
            raise
        raise NotInstalled(error, extra="mcp") from error
    permissions = Permissions(folders, urls=add_urls, read_again=read_again)
    with ExitStack() as cleanup:
        start = session.find_or_start(server, token, data, temporary=False, needs_reader=False)
        address = cleanup.enter_context(start)
        if port:
            echo(f"agents find it at http://127.0.0.1:{port}{agents.PATH}; Ctrl-C ends it")
            agents.run_on_port(port, address.url, permissions)
            return
        if sys.stdin.isatty():
            echo("an agent is to start this and speak to it; docs/mcp.md says how. Ctrl-C ends it")
        agents.run_on_standard_input(address.url, address.token, permissions)
