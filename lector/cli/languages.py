"""languages: which ones the embedded reader reads, and others for it."""

import click

from lector.cli import output
from lector.domain import language_codes, language_data, language_packages
from lector.local import data_folder


@click.group(invoke_without_command=True)
@click.pass_context
def languages(context: click.Context) -> None:
    """List the languages that the embedded reader can read, or add some.

    Their data is kept in $LECTOR_LANGUAGES, else beside the default data folder, for every Lector
    on this machine. What the system has is used as well.
    """
    if context.invoked_subcommand is None:
        _list()


def _list() -> None:
    found = language_data.find(data_folder.languages())
    found.pop(language_data.ORIENTATION, None)
    others = [code for code in language_packages.packages() if code not in found]
    rows = [_row(code, str(file)) for code, file in found.items()]
    rows += [_row(code, f"lector languages add {code}") for code in others]
    output.write_table(("language", "code", "name", "data"), rows)


def _row(code: str, data: str) -> tuple[str, ...]:
    return language_codes.tag(code), code, language_packages.name_of(code), data


@languages.command()
@click.argument("wished", nargs=-1, required=True, metavar="LANGUAGE...")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of languages that are there.")
def add(wished: tuple[str, ...], *, quiet: bool) -> None:
    """Fetch the data of languages: add es fr, or add spa fra.

    It comes from npm packages, from the registry that npm is configured for, and is used from the
    next page on. Pages that were read before can be read again with `lector retry`.
    """
    folder = data_folder.languages()
    found = language_data.find(folder)
    codes = language_packages.parse(wished)
    language_packages.add([code for code in codes if code not in found], folder, output.echo)
    for code in codes:
        name = language_packages.name_of(code)
        if code not in found:
            output.echo(f"{name} is read from the next page on; its data is in {folder}")
        elif not quiet:
            output.echo(f"{name} is there already: {found[code]}")
