"""completion: what has a shell complete commands."""

import os
from pathlib import PurePath

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", required=False, metavar="[bash|zsh|fish]", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str | None) -> None:
    """Print what has a shell complete commands: eval "$(lector completion)".

    Without a name, for the shell that $SHELL names. In fish: lector completion fish | source
    """
    cli, completion_class = context.find_root().command, get_completion_class(shell or _own_shell())
    if completion_class is not None:
        click.echo(completion_class(cli, {}, "lector", "_LECTOR_COMPLETE").source())


def _own_shell() -> str:
    """The shell of whoever runs this; click.UsageError if there is nothing for it."""
    name = PurePath(os.environ.get("SHELL", "")).name
    if name not in _SHELLS:
        raise click.UsageError("say for which shell: lector completion bash, zsh or fish")
    return name
