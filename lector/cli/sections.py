"""Help that lists commands by what they are for."""

import click

SECTIONS = {
    "Read": ("ocr", "try"),
    "Files": ("ls", "get", "search", "retry", "cancel", "rm"),
    "See": ("trace", "events", "notify"),
    "Run": ("up", "stop", "down"),
    "Look after": ("token", "dead", "gc", "completion"),
}


class Sections(click.Group):
    """A group whose help shows its commands in sections."""

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - as click has it
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the commands of each section with their short help."""
        for title, names in SECTIONS.items():
            with formatter.section(title):
                commands = [(name, self.commands[name]) for name in names]
                formatter.write_dl(
                    [(name, command.get_short_help_str(limit=100)) for name, command in commands]
                )
