"""completion: what has a shell complete commands."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what has a shell complete commands: eval "$(lector completion bash)"."""
    cli, completion_class = context.find_root().command, get_completion_class(shell)
    if completion_class is not None:
        click.echo(completion_class(cli, {}, "lector", "_LECTOR_COMPLETE").source())
