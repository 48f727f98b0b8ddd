"""The readers that pages can be read by: readers.yaml beside this, under a file of one's own.

What the file of one's own (READERS_FILE) says is laid over Lector's: an entry of the same name
takes its place, others stay. OPENAI_BASE_URL, OPENAI_MODEL, MODEL_CHOICES and the prices of the
environment change the default reader. docs/models.md shows how to write an entry.
"""

import difflib
import logging
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml
from msgspec import Meta, Struct

from lector.domain import former_prompts, readers
from lector.domain.states import OnDoubt, VerifyUse
from lector.runtime import settings
from lector.runtime.settings import SettingsError

log = logging.getLogger(__name__)

OWN = Path(__file__).with_name("readers.yaml")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_UNKNOWN = re.compile(r"Object contains unknown field `([^`]*)`")
_EMBEDDED_ADDRESS = "TESSERACT_URL"
_DEEPEST = 8
_LONGEST_ORDINARY_PAGE_IN = 14  # US Legal

_Name = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9._-]{0,62}$")]
_Variable = Annotated[str, Meta(pattern="^[A-Z][A-Z0-9_]*$")]
_Language = Annotated[str, Meta(pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
_Text = Annotated[str, Meta(min_length=1)]


class Prompt(Struct, frozen=True, forbid_unknown_fields=True):
    """The text sent with an image; `describe` is added where pictures are wanted in words."""

    user: str = ""
    system: str = ""
    describe: str = ""


class Image(Struct, frozen=True, forbid_unknown_fields=True):
    """The image that a reader wants of a page; None: as RENDER_… and MODEL_… say."""

    dpi: Annotated[int, Meta(ge=50, le=600)] | None = None
    longest_side_px: Annotated[int, Meta(ge=256, le=20_000)] | None = None
    colour: bool | None = None
    format: Literal["jpeg", "png"] | None = None
    quality: Annotated[int, Meta(ge=1, le=95)] | None = None
    pieces_above_px: Annotated[int, Meta(ge=256, le=32_000)] | None = None
    """A larger image is read in pieces, JPEGs with no longer side than this."""

    def whole_up_to(self, usual_px: int) -> int:
        """The longest side of an image that is read as a whole.

        If the reader does not say: as large as it wants ordinary pages, and `usual_px` at least.
        """
        ordinary = self.longest_side_px or math.ceil(_LONGEST_ORDINARY_PAGE_IN * (self.dpi or 0))
        return self.pieces_above_px or max(usual_px, ordinary)

    def drawn_by(self, config: settings.Rendering) -> settings.Rendering:
        """How it is drawn: as the configuration has it, but for what the reader says."""
        colours = {None: None, True: "colour", False: "grey"}[self.colour]
        changes: dict[str, Any] = {
            "render_dpi": 0 if self.longest_side_px else self.dpi,
            "render_max_dpi": max(config.render_max_dpi, self.dpi or 0),
            "render_longest_side_px": self.longest_side_px,
            "render_colours": colours,
            "render_format": self.format,
            "render_jpeg_quality": self.quality,
        }
        return replace(config, **{name: v for name, v in changes.items() if v is not None})


class Parameters(Struct, frozen=True, forbid_unknown_fields=True):
    """What the endpoint is sent, and under which names."""

    tokens_as: Literal["max_tokens", "max_completion_tokens", "nothing"] = "max_tokens"
    temperature: bool = True
    system_role: bool = True
    language_as: Literal["sentence", "field"] = "sentence"
    """In the prompt, or for Lector's own reader as `lector.language` of the request."""
    provider: dict[str, Any] | None = None
    extra: dict[str, Any] = {}


class Prices(Struct, frozen=True, forbid_unknown_fields=True):
    """In USD for a million tokens, where the endpoint does not tell what an answer cost.

    Of one `model`, where that is said; what others cost is not known then.
    """

    prompt: Annotated[float, Meta(ge=0)] = 0.0
    completion: Annotated[float, Meta(ge=0)] = 0.0
    model: str | None = None
    image_tokens: Annotated[int, Meta(ge=1)] | None = None
    """As how many tokens an image counts at most; else one for each 16 by 16 pixels."""

    @property
    def is_free(self) -> bool:
        """Whether nothing costs anything."""
        return not (self.prompt or self.completion)


FREE = Prices()


class Reader(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A named reader: an OpenAI-compatible endpoint, and how its model is asked."""

    endpoint: _Text
    model: _Text
    api_key: _Variable | None = None
    """The name of the environment variable that holds the key."""
    key_header: str = "Authorization"
    """Where the key is sent: as a bearer token, or in another header as it is."""
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    prompt: str | Prompt | None = None
    """One of the file's prompts, or one of its own; null: the reader looks at none."""
    image: Image = Image()
    languages: list[_Language] | None = None
    """Those that it has; null: nobody has to ask."""
    parameters: Parameters = Parameters()
    max_tokens: Annotated[int, Meta(ge=1, le=1_000_000)] = 4096
    temperatures: Annotated[
        tuple[Annotated[float, Meta(ge=0, le=2)], ...], Meta(min_length=1, max_length=10)
    ] = (0.0, 0.2, 0.5)
    prices: Prices | None = None
    """Null: what it costs is not known, unless its endpoint tells it with an answer."""
    choices: list[str] = []
    """Models that people may choose for a file beside `model`; "*": any."""
    fallback: _Name | None = None
    verify: VerifyUse | None = None
    """Whether its answers are held against a second reader; null: as VERIFY says."""
    on_doubt: OnDoubt = OnDoubt.RETRY
    """What follows if that one speaks against an answer."""
    escalate: _Name | None = None
    """The larger reader that is asked for such pages only."""
    concurrency: Annotated[int, Meta(ge=1, le=1000)] | None = None
    """How many pages are read at once to begin with; more or fewer are learnt."""

    @property
    def honours_prompt(self) -> bool:
        """Whether it looks at words of somebody's own."""
        return self.prompt is not None

    @property
    def honours_describe(self) -> bool:
        """Whether it can describe pictures in words."""
        return isinstance(self.prompt, Prompt) and bool(self.prompt.describe)

    @property
    def honours_language(self) -> bool:
        """Whether it is told the language of a page."""
        return self.honours_prompt or self.parameters.language_as == "field"

    def may_choose(self, model: str) -> bool:
        """Whether a file may be read by this model of the same endpoint."""
        return model == self.model_name() or bool({"*", model} & set(self.choices))

    def model_name(self) -> str | None:
        """Its model, as the endpoint calls it; None where a variable that names it is not set."""
        try:
            return expand(self.model)
        except SettingsError:
            return None

    @property
    def is_embedded(self) -> bool:
        """Whether it is Lector's own, at the address that whoever starts it gives."""
        return needed(self.endpoint) == [_EMBEDDED_ADDRESS]

    def prices_of(self, model: str | None) -> Prices | None:
        """What this model of it costs; None if nobody has said. The embedded one costs nothing."""
        if self.is_embedded:
            return FREE
        known = self.prices
        return known if known and known.model in (None, model) else None

    def missing(self, value: Callable[[str], str | None]) -> list[str]:
        """The variables without which it cannot be asked, and for which there is no value.

        A key is needed but where its address is known to be of plain HTTP, as of one's own server.
        """
        texts = (self.endpoint, self.model, *self.query.values(), *self.headers.values())
        names = [name for text in texts for name in needed(text)]
        address = _VARIABLE.sub(lambda found: value(found[1]) or found[2] or "", self.endpoint)
        if self.api_key and not address.startswith("http:"):
            names.append(self.api_key)
        return [name for name in dict.fromkeys(names) if not value(name)]

    def has_language(self, language: str) -> bool:
        """Whether it has a language (BCP 47), in whatever region."""
        known = {one.lower() for one in self.languages or ()}
        wanted = language.lower()
        return self.languages is None or wanted in known or wanted.partition("-")[0] in known


class Catalogue(Struct, frozen=True):
    """All readers by name, and which of them reads files that name none."""

    default: str
    readers: dict[str, Reader]

    def find(self, name: str | None) -> Reader | None:
        """The reader of this name, the default one without; None if there is none."""
        return self.readers.get(self.name_of(name))

    def name_of(self, name: str | None) -> str:
        """A reader's own name: that of the default one for none, and for "default"."""
        return self.default if name in (None, "", readers.DEFAULT) else str(name)

    def set_up(self, value: Callable[[str], str | None]) -> list[str]:
        """The names of readers that can be asked, by the values of variables."""
        return [name for name, one in self.readers.items() if not one.missing(value)]

    def asks_embedded(self, name: str | None, verify: str) -> bool:
        """Whether a reader's pages may be read by the embedded one, or held against it.

        `verify` is what holds where the reader says nothing of its own.
        """
        reader = self.find(name)
        asked = [reader, *(self.readers.get(other or "") for other in _others(reader))]
        usual = (reader.verify if reader else None) or verify
        return usual != VerifyUse.NEVER or any(one and one.is_embedded for one in asked)

    def verifies(self, name: str | None, verify: str) -> bool:
        """Whether answers of a reader, or of one that takes over, are held against a second one.

        `verify` is what holds where a reader says nothing of its own.
        """
        reader = self.find(name)
        asked = [reader, *(self.readers.get(other or "") for other in _others(reader))]
        return any(((one and one.verify) or verify) != VerifyUse.NEVER for one in asked)

    def priced(self) -> list[str]:
        """The names of readers of whose own models it is known what they cost."""
        return [
            name
            for name, one in self.readers.items()
            if one.prices_of(one.model_name()) is not None
        ]

    def variables(self, *, models_only: bool = False) -> set[str]:
        """The environment variables that entries name: their keys, addresses and models."""
        texts, found = [one.model for one in self.readers.values()], set()
        for one in () if models_only else self.readers.values():
            texts += [one.endpoint, *one.query.values(), *one.headers.values()]
            found |= {one.api_key} if one.api_key else set()
        return found | {match[1] for text in texts for match in _VARIABLE.finditer(text)}


def _others(reader: Reader | None) -> tuple[str | None, ...]:
    return (reader.fallback, reader.escalate) if reader else ()


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    default: _Name | None = None
    prompts: dict[str, Prompt] = {}
    readers: dict[_Name, dict[str, Any]] = {}


_KINDS = (Prompt, Image, Parameters, Prices, Reader, _File)


def current() -> Catalogue:
    """The catalogue that this process is configured to use, read once."""
    return _of(settings.current(settings.Readers))


@cache
def _of(config: settings.Readers) -> Catalogue:
    layers = [OWN]
    if former_prompts.PLACE.is_file():
        layers.append(former_prompts.PLACE)
    if config.readers_file:
        layers.append(Path(config.readers_file))
    found = load(layers, _wanted_default(config))
    own = found.readers[found.default]
    return Catalogue(found.default, {**found.readers, found.default: _configured(own, config)})


def is_chosen() -> bool:
    """Whether somebody has said who reads pages that are for no reader by name."""
    config = settings.current(settings.Readers)
    own = _parse(Path(config.readers_file), "").default if config.readers_file else None
    named = config.reader or own or config.openai_base_url
    return bool(named) or config.model_prompt not in ("", readers.DEFAULT)


def load(paths: list[Path], default: str = "") -> Catalogue:
    """The readers of these files, each laid over those before it.

    Raises:
        SettingsError: a file cannot be read, or says what no reader has; it names file and key.

    """
    prompts: dict[str, Prompt] = {}
    entries: dict[str, tuple[Path, dict[str, Any]]] = {}
    named = ""
    for path in paths:
        file = _parse(path, named)
        prompts |= file.prompts
        below = {name: entry for name, (_, entry) in entries.items()}
        for name in file.readers:
            entries[name] = path, _inherit(path, name, file.readers, below)
        named = file.default or named
    default = named if default in ("", readers.DEFAULT) else default
    found = {name: _reader(name, entries, prompts) for name in entries}
    for name, one in found.items():
        _check(entries[name][0], name, one, found)
    if default not in found:
        where = f"{paths[-1]}: default" if default == named else "READER"
        there = ", ".join(sorted(found))
        raise SettingsError(f"{where}: there is no reader {default!r}, but {there}")
    return Catalogue(default, found)


def expand(text: str) -> str:
    """A text with ${NAME} and ${NAME:-otherwise} replaced from the environment.

    Raises:
        SettingsError: a variable without an otherwise is not set.

    """

    def value(match: re.Match[str]) -> str:
        found = settings.variable(match[1]) or match[2]
        if found is None:
            raise SettingsError(f"set the environment variable {match[1]}")
        return found

    return _VARIABLE.sub(value, text)


def needed(text: str) -> list[str]:
    """The variables of a text that have to be set: those without an otherwise."""
    return [match[1] for match in _VARIABLE.finditer(text) if match[2] is None]


def _wanted_default(config: settings.Readers) -> str:
    if config.reader:
        return config.reader
    if config.model_prompt not in ("", readers.DEFAULT):
        log.warning("MODEL_PROMPT is taken as READER, its name since there are readers")
    return config.model_prompt


def _configured(reader: Reader, config: settings.Readers) -> Reader:
    """The default reader as the environment changes it."""
    changes: dict[str, Any] = {}
    if config.openai_base_url:
        own = {"endpoint": config.openai_base_url, "api_key": "OPENAI_API_KEY"}
        changes |= {**own, "prices": None}  # they are those of its own endpoint
    if config.openai_model:
        changes["model"] = config.openai_model
    if config.model_choices:
        changes["choices"] = [one.strip() for one in config.model_choices.split(",")]
    if config.model_prompt_price_usd or config.model_completion_price_usd:
        prices = config.model_prompt_price_usd, config.model_completion_price_usd
        changes["prices"] = Prices(*prices)
    return msgspec.structs.replace(reader, **changes)


def _parse(path: Path, default: str) -> _File:
    try:
        said = _load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if former_prompts.is_one(said):
        log.warning("%s has prompts as before there were readers; readers.yaml replaces it", path)
        said = former_prompts.as_readers(said, default)
    file: _File = _convert(path, said if said is not None else {}, _File)
    return file


def _load(text: str) -> Any:
    """YAML by its parser in C, a tenth of the time; errors are those of the other, which quotes."""
    try:
        return yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError:
        return yaml.safe_load(text)


def _convert(path: Path, said: object, kind: type[Any], place: str = "") -> Any:
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        words = _advise(str(error))
        if place:
            words = words.replace("`$", f"`{place}")
            words = words if f"`{place}" in words else f"{words} - at `{place}`"
        if words.endswith(".api_key`"):
            words = f"this is to be the name of an environment variable, not the key: {words}"
        raise SettingsError(f"{path}: {words.replace('`$.', '`')}") from error


def _advise(words: str) -> str:
    """What does not fit, with what would."""
    if words.endswith(" at `key` in `$.readers`"):
        return "a reader's name has small letters, digits, dots, dashes - at `$.readers`"
    unknown = _UNKNOWN.match(words)
    if unknown is None:
        return words
    known = {"like"}.union(*(kind.__struct_fields__ for kind in _KINDS))
    close = difflib.get_close_matches(unknown[1], sorted(known), 1)
    advice = f"is `{close[0]}` meant?" if close else "docs/models.md shows all of them"
    return f"unknown field `{unknown[1]}`; {advice}{words[unknown.end() :]}"


def _reader(
    name: str, entries: Mapping[str, tuple[Path, dict[str, Any]]], prompts: Mapping[str, Prompt]
) -> Reader:
    path, entry = entries[name]
    reader: Reader = _convert(path, entry, Reader, f"readers.{name}")
    if isinstance(reader.prompt, str):
        if reader.prompt not in prompts:
            there = ", ".join(sorted(prompts))
            raise SettingsError(
                f"{path}: there is no prompt {reader.prompt!r}, but {there}"
                f" - at `readers.{name}.prompt`"
            )
        reader = msgspec.structs.replace(reader, prompt=prompts[reader.prompt])
    return reader


def _inherit(
    path: Path,
    name: str,
    entries: Mapping[str, dict[str, Any]],
    below: Mapping[str, dict[str, Any]],
    depth: int = _DEEPEST,
) -> dict[str, Any]:
    """An entry with what it does not say itself from the one that it is `like`.

    That is one of the same file or of those `below`, where an entry may be like its own name.
    """
    entry = dict(entries[name])
    like = entry.pop("like", None)
    if like is None:
        return entry
    if like in entries and like != name and depth:
        return {**_inherit(path, like, entries, below, depth - 1), **entry}
    if like not in below:
        raise SettingsError(f"{path}: {like!r} is no reader to be like - at `readers.{name}.like`")
    return {**below[like], **entry}


def _check(path: Path, name: str, reader: Reader, others: Mapping[str, Reader]) -> None:
    place = f"`readers.{name}"
    if name == readers.DEFAULT:
        raise SettingsError(f"{path}: this name stands for the reader of `default` - at {place}`")
    for key, other in (("fallback", reader.fallback), ("escalate", reader.escalate)):
        if other is not None and (other == name or other not in others):
            raise SettingsError(f"{path}: {other!r} is no other reader - at {place}.{key}`")
    if reader.image.dpi is not None and reader.image.longest_side_px is not None:
        detail = f"say dpi or longest_side_px, not both - at {place}.image`"
        raise SettingsError(f"{path}: {detail}")
