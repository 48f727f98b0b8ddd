"""lector report: what was read of a file, how, by what; and whether such a report is unaltered."""

import hashlib
import io
import json
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from lector.cli import options, output, session
from lector.cli.answers import Json
from lector.cli.client import Client
from lector.cli.output import echo
from lector.domain import report_keys, signed_reports
from lector.domain.report_keys import KeyUnreadable, SigningKey
from lector.domain.signed_reports import NotAReport, Verdict
from lector.local.data_folder import DataFolder
from lector.runtime import whole_files
from lector.runtime.failures import LectorError

_FORMAT = "lector.report.v1"
_MOST_NAMED = 10
_TIMEOUT_S = 300.0  # an original of before may have to be hashed first
_KEYS_PATH = "/.well-known/jwks.json"


@dataclass(frozen=True)
class Checked:
    """What became of a report that was verified: a word for programs, sentences for people."""

    verdict: str
    key: str | None
    sentences: Sequence[str]

    @property
    def is_good(self) -> bool:
        """Whether it is what a known Lector signed, and all that was held against it fits."""
        return self.verdict == Verdict.VALID


@click.command()
@options.optional_file_id
@click.option(
    "--format",
    "style",
    type=click.Choice(["json", "html"]),
    default="json",
    show_default=True,
    help="html: a page to print, which is not signed.",
)
@click.option("--language", type=click.Choice(["en", "es"]), help="Of the page to print.")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write there instead of to stdout.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option(
    "--verify",
    "report_file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Say whether a report is unaltered since a Lector that is known signed it.",
)
@click.option(
    "--key",
    "key",
    metavar="KEY|FILE",
    help="With --verify: the key's fingerprint, or a file as --keys writes it.  "
    "[default: the key of the data folder]",
)
@click.option(
    "--original",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --verify: hold this document against the report.",
)
@click.option(
    "--text",
    "text_file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --verify: hold a text against it, as `lector get` writes it (text, json).",
)
@click.option("--keys", "list_keys", is_flag=True, help="Print the public keys of a Lector (JWKs).")
@click.option("--json", "as_json", is_flag=True, help="With --verify: answer as JSON.")
@options.server
@options.token_file
@options.data_folder
def report(
    file_id: str | None,
    *,
    style: str,
    language: str | None,
    target: Path | None,
    force: bool,
    report_file: Path | None,
    key: str | None,
    original: Path | None,
    text_file: Path | None,
    list_keys: bool,
    as_json: bool,
    server: str | None,
    token: str | None,
    data: Path,
) -> None:
    """Print the signed report about a file, or verify one.

    The report says by what each page was read, what speaks against it, and the SHA-256 of the
    original and of each text. --verify needs no Lector and no network: it exits with 0 if the
    report is as a known Lector signed it and what is given beside it fits, else with 1.

    \u0008
      lector report FILE -o report.json
      lector report --verify report.json --original scan.pdf --key KEY
    """
    _check_usage(file_id, report_file, list_keys=list_keys, beside=(key, original, text_file))
    if report_file is not None:
        _verify(report_file, _known_keys(key, data), original, text_file, as_json=as_json)
        return
    with session.connect(server, token, data) as client:
        file_id = options.find_file(client, file_id)
        if list_keys:
            _write(_formatted(client.send("GET", _KEYS_PATH)), target, force=force)
        elif style == "json":
            signed = client.send("GET", f"/v1/files/{file_id}/report", timeout=_TIMEOUT_S)
            _warn_of_unsigned(signed)
            _write(_formatted(signed), target, force=force)
        else:
            _write(_page(client, str(file_id), language), target, force=force)


def _check_usage(
    file_id: str | None, report_file: Path | None, *, list_keys: bool, beside: Sequence[object]
) -> None:
    wanted = [file_id is not None, report_file is not None, list_keys]
    if wanted.count(True) != 1:
        raise click.UsageError("name a file, or a report with --verify, or say --keys")
    if report_file is None and any(one is not None for one in beside):
        raise click.UsageError("--key, --original and --text go with --verify")


def _page(client: Client, file_id: str, language: str | None) -> bytes:
    query = {"format": "html"} | ({"language": language} if language else {})
    page = io.BytesIO()
    client.copy(f"/v1/files/{file_id}/report", query, page)
    return page.getvalue()


def _warn_of_unsigned(signed: Json) -> None:
    if signed.get("signature") is None:
        echo("warning: this Lector has no key (REPORT_KEY), so the report is not signed")


def _formatted(document: Json) -> bytes:
    return f"{output.format_json(document)}\n".encode()


def _write(content: bytes, target: Path | None, *, force: bool) -> None:
    if target is None:
        stdout = output.binary_stdout()
        stdout.write(content)
        stdout.flush()
        return
    if target.exists() and not force:
        raise LectorError(f"{target} is there already; --force writes over it")
    with whole_files.replacing(target) as partial:
        partial.write_bytes(content)


def _known_keys(key: str | None, data: Path) -> Collection[str]:
    """The fingerprints of the keys that are trusted; without --key that of the data folder."""
    if key is None:
        file = DataFolder(data).report_key_file
        try:
            return {SigningKey(file.read_text(encoding="utf-8").strip()).public.fingerprint}
        except (OSError, ValueError):
            return set()
    try:
        path = Path(key)
        return report_keys.parse_known(path.read_text("utf-8") if path.is_file() else key)
    except (KeyUnreadable, OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"--key: {error}") from error


def _verify(
    path: Path,
    known: Collection[str],
    original: Path | None,
    text_file: Path | None,
    *,
    as_json: bool,
) -> None:
    checked = check(path, known, original, text_file)
    if as_json:
        said = {"verdict": checked.verdict, "key": checked.key, "reasons": checked.sentences}
        output.write_json(said)
    else:
        for sentence in checked.sentences:
            echo(f"{path}: {sentence}")
    if not checked.is_good:
        sys.exit(1)


def check(
    path: Path, known: Collection[str], original: Path | None, text_file: Path | None
) -> Checked:
    """Whether a report is valid, and what is given beside it is what it is about."""
    if path.stat().st_size > signed_reports.LARGEST_BYTES:
        raise LectorError(f"{path} is too large to be a report of Lector's")
    try:
        found = signed_reports.verify(path.read_bytes(), known)
    except NotAReport as error:
        raise LectorError(f"{path}: {error}") from error
    if found.verdict is not Verdict.VALID:
        return Checked(found.verdict, found.fingerprint, [_REASONS[found.verdict].format(found)])
    if found.report.get("format") != _FORMAT:
        raise LectorError(f"{path} is a report of a newer Lector: its signature is valid")
    misfits = [
        *(_original_misfits(found.report, original) if original else ()),
        *(_text_misfits(found.report, text_file) if text_file else ()),
    ]
    if misfits:
        return Checked("differs", found.fingerprint, misfits)
    fits = [f"{one} fits" for one in (original, text_file) if one]
    sentence = f"valid, unaltered since it was signed with the key {found.fingerprint}"
    return Checked(found.verdict, found.fingerprint, [sentence, *fits, _describe(found.report)])


_REASONS = {
    Verdict.ALTERED: "ALTERED: it is not what was signed, or its signature was altered",
    Verdict.OTHER_KEY: (
        "signed by another Lector: its key is {0.fingerprint}, which is none of those that are"
        " known here (--key names others)"
    ),
    Verdict.UNSIGNED: "not signed: anybody may have altered it",
}


def _describe(report: Json) -> str:
    """What a report is about, in a line; it is as it was signed, by whoever that is."""
    file, totals = report.get("file", {}), report.get("totals", {})
    state = "" if file.get("finished") else ", not finished"
    pages = f"{totals.get('pages')} of {output.count(file.get('page_count'), 'page')}"
    return f"it is about {file.get('name')}, {pages}{state}, made {report.get('made_at')}"


def _original_misfits(report: Json, original: Path) -> Iterator[str]:
    with original.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    if digest != report["file"]["sha256"]:
        yield f"{original} is not the original: its SHA-256 is {digest}"


def _text_misfits(report: Json, text_file: Path) -> Iterator[str]:
    """What is not so in a text: pages that differ, that are missing, or that are not reported."""
    reported = {p["number"]: p["text_sha256"] for p in report["pages"] if p["text_sha256"]}
    try:
        content = text_file.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise LectorError(f"{text_file} holds no text in UTF-8") from error
    texts = _spans(content)
    if texts is None:
        pages = [page.removesuffix("\n") for page in content.split("\f")]
        if len(pages) != len(reported):
            yield f"{text_file} holds {len(pages)} pages, but {len(reported)} have a text"
            return
        texts = dict(zip(sorted(reported), pages, strict=True))
    found = {number: hashlib.sha256(text.encode()).hexdigest() for number, text in texts.items()}
    numbers = sorted(reported.keys() | found.keys())
    wrong = [str(number) for number in numbers if reported.get(number) != found.get(number)]
    if wrong:
        more = f" and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
        names = ", ".join(wrong[:_MOST_NAMED])
        pages_differ = "page {} differs" if len(wrong) == 1 else "pages {} differ"
        yield f"{text_file} is not the text of the report: {pages_differ.format(names + more)}"


def _spans(content: str) -> dict[int, str] | None:
    """The text of each page of a whole text as JSON; None if it is something else."""
    try:
        whole: Any = json.loads(content)
        text, spans = whole["text"], whole["pages"]
        return {int(span["number"]): str(text[span["start"] : span["end"]]) for span in spans}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
