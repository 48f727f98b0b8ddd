"""What people say of a file: its name and size, and how its pages are to be read."""

from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, structs

from functions.upload.errors import ApiError
from functions.upload.fields import Input, Rule
from functions.upload.files import reader_choice, reader_costs
from functions.upload.folders import Folder
from functions.upload.problem_codes import ProblemCode
from lector.domain import originals, page_selection
from lector.domain.failure_codes import FailureCode
from lector.domain.states import OnDoubt, TextLayerUse, VerifyUse
from lector.runtime import settings
from lector.runtime.failures import remove_unstorable

MOST_FILES = 1000
"""So many may be announced, sent or confirmed at once."""

_NAME_BYTES = 255
_A_PROMPT = "a text of 1 to 4000 characters; without one Lector's own words are used"


def clean_name(name: str) -> str:
    """A file name for showing: no folders, no control characters, at most 255 bytes.

    It never becomes a path or a key, so nothing else about it matters.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if c.isprintable()).strip()
    shown = shown.encode(errors="ignore")[:_NAME_BYTES].decode(errors="ignore")
    return shown or originals.UNNAMED


def within_limit(size: int) -> int:
    """A file's size, unless it is none or too much."""
    most = settings.current(settings.Limits).max_file_bytes
    if size < 1:
        raise ApiError(400, FailureCode.EMPTY_FILE, "the file is empty")
    if size > most:
        raise ApiError(
            413, FailureCode.FILE_TOO_LARGE, f"the file has {size} bytes; the limit is {most}"
        )
    return size


def _selection(pages: str) -> str:
    try:
        page_selection.parse(pages)
    except page_selection.InvalidSelection as error:
        raise ApiError(422, ProblemCode.MALFORMED_PAGES, str(error)) from error
    return pages


def _prompt(text: str) -> str:
    prompt = remove_unstorable(text)
    if not prompt.strip():
        detail = f"prompt must be {_A_PROMPT}"
        raise ApiError(400, ProblemCode.MALFORMED_PROMPT, detail)
    return prompt


Name = Annotated[
    str,
    Meta(description="For people; never used as a path.", examples=["report.pdf"]),
    Rule("the file's name", then=clean_name),
]
Size = Annotated[
    int,
    Meta(extra_json_schema={"minimum": 1}),
    Rule("the file's size, a whole number", ProblemCode.MALFORMED_SIZE, within_limit),
]
Sha256 = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{64}$",
        description="Of the bytes; a file that arrives otherwise is refused.",
    ),
    Rule("64 hexadecimal digits in lower case"),
]
# Its form is in the contract only: what is wrong with a selection is said in its own words.
_RANGE = "[1-9][0-9]{0,5}(-[1-9][0-9]{0,5})?"
Selection = Annotated[
    str,
    Meta(
        min_length=1,
        description="Page numbers and ranges; read only these.",
        examples=["1-3,7"],
        extra_json_schema={"pattern": f"^{_RANGE}(,{_RANGE})*$", "maxLength": 1000},
    ),
    Rule("a selection such as 1-3,7", then=_selection),
]
Prompt = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=4000,
        description="What the model is asked to do with a page, in place of Lector's own words.",
        extra_json_schema={"pattern": r"^\s*[^\s\x00][^\x00]*$"},
    ),
    Rule(_A_PROMPT, then=_prompt),
]
Model = Annotated[
    str,
    Meta(
        max_length=200,
        pattern="^[!-~]+$",
        description="A model, as the endpoint calls it, in place of the one that is configured.",
    ),
    Rule("as its endpoint calls it"),
]
ReaderName = Annotated[
    str,
    Meta(
        max_length=63,
        pattern="^[a-z0-9][a-z0-9._-]*$",
        description="Who reads the pages: one of GET /v1/readers, in place of the default reader."
        " What it cannot honour is refused.",
        examples=["tesseract"],
    ),
    Rule("the name of a reader"),
]
Language = Annotated[
    str,
    Meta(
        max_length=35,
        pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        description="The language of the pages (BCP 47); told to the model, used for searching.",
        examples=["en", "es", "de-AT"],
    ),
    Rule("one such as es or de-AT"),
]


_USES = (
    "What is done with the text that pages carry themselves. auto: it is taken where it can be"
    " trusted, and other pages are read. never: every page is read. always: it is taken wherever"
    " there is any, trusted or not. A prompt, a model, a reader or describe mean never."
)
_one_of_the_uses = Rule("one of " + ", ".join(TextLayerUse))
TextLayer = Annotated[
    TextLayerUse,
    Meta(description=f"{_USES} Where nobody says: as the server is set up (TEXT_LAYER), or auto."),
    _one_of_the_uses,
]
TextLayerAgain = Annotated[
    TextLayerUse,
    Meta(
        description=f"{_USES} Where nobody says: never for a page that was read, and as before for"
        " one that failed."
    ),
    _one_of_the_uses,
]
Describe = Annotated[
    bool,
    Meta(description="Whether a model describes charts and pictures in words, too."),
]


Verify = Annotated[
    VerifyUse,
    Meta(
        description="Whether what is read is held against a second reader. auto: against the page's"
        " own text, else Tesseract where that is there in time. always: Tesseract is waited for."
        " never: not at all. Where nobody says: as the reader, or the server (VERIFY), is set up."
    ),
    Rule("one of " + ", ".join(VerifyUse)),
]
OnDoubtWish = Annotated[
    OnDoubt,
    Meta(
        description="What follows when a second reader speaks against an answer. keep: it is the"
        " page's text, with that doubt. retry: the same reader is asked again, then the larger one"
        " that it names. escalate: the larger one at once. Where nobody says: as the reader is set"
        " up, or retry."
    ),
    Rule("one of " + ", ".join(OnDoubt)),
]
MaxCost = Annotated[
    float,
    Meta(
        ge=0,
        le=1_000_000,
        description="What reading the file may cost at most, in USD. Pages that no money is left"
        " for wait (`budget_exceeded`) until it is raised; those that cost nothing are read.",
        examples=[0.5],
    ),
    Rule("an amount in USD, such as 0.5"),
]


KeepDays = Annotated[
    int,
    Meta(
        ge=1,
        le=36_500,
        description="For how many days, from now, the file is kept; then it is deleted, with"
        " original, images and texts. Where nobody says: as the tenant has it (`/v1/keeping`), or"
        " until somebody deletes it.",
        examples=[30],
    ),
]
Again = Annotated[
    bool,
    Meta(
        description="false: what was read already is not read again. If the tenant has a file with"
        " the same bytes that was, or is being, read in the same way, the answer is that file (200)"
        " and none is made. Goes with `sha256`, which forms need not say. true, or nothing: a new"
        " file is made."
    ),
]


class Reading(Input, frozen=True, kw_only=True):
    """How pages are to be read."""

    pages: Selection | None = None
    prompt: Prompt | None = None
    model: Model | None = None
    language: Language | None = None
    text_layer: TextLayer | None = None
    describe: Describe = False
    reader: ReaderName | None = None
    verify: Verify | None = None
    on_doubt: OnDoubtWish | None = None
    max_cost_usd: MaxCost | None = None
    keep_days: KeepDays | None = None
    again: Again = True

    def __post_init__(self) -> None:
        """Refuse wishes that exclude each other, or that the reader cannot honour: `ApiError`."""
        _check_wishes(self)
        reader_choice.check(self.reader, self, self.language, self.on_doubt)
        if self.max_cost_usd is not None:
            reader_costs.check(self.reader, self.model, self.text_layer)


class NewFile(Reading, frozen=True, kw_only=True):
    """A file that somebody wants to have read."""

    name: Name
    folder: Folder | None = None
    size_bytes: Size
    sha256: Sha256 | None = None

    def __post_init__(self) -> None:
        """Refuse also what can be compared with nothing: `ApiError`."""
        super().__post_init__()
        if not self.again and self.sha256 is None:
            detail = "again=false goes with sha256, by which a file of before is found"
            raise ApiError(422, ProblemCode.CONFLICTING_OPTIONS, detail)


def as_text(new: NewFile) -> str:
    """An announcement for its fingerprint, as earlier versions wrote it: keys live for a day."""
    names = ["name", "size_bytes", "sha256", "pages", "prompt", "model", "language"]
    later = ("text_layer", "describe", "reader", "verify", "on_doubt")
    names += [name for name in later if getattr(new, name)]
    names += ["folder"] if new.folder is not None else []
    names += ["max_cost_usd"] if new.max_cost_usd is not None else []
    names += ["keep_days"] if new.keep_days is not None else []
    names += [] if new.again else ["again"]
    return f"NewFile({', '.join(f'{name}={getattr(new, name)!r}' for name in names)})"


class FileForm(Reading, frozen=True, kw_only=True):
    """A file that is sent as a form."""

    folder: Folder | None = None
    sha256: Sha256 | None = None


class FileAtUrl(FileForm, frozen=True, kw_only=True):
    """A file that Lector fetches itself."""

    url: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2000,
            pattern="^https?://",
            description="Where the file is. It is fetched before the answer comes, within"
            " FETCH_TIMEOUT_S; redirects are followed. It must be on the public internet.",
            examples=["https://www.example.org/report.pdf"],
        ),
        Rule("a URL that begins with http:// or https://"),
    ]
    name: Name | None = None


class FilesForm(Reading, frozen=True, kw_only=True):
    """Several files that are sent as a form.

    What it says holds for all of them, unless `files` says otherwise of one.
    """

    files: (
        Annotated[
            str,
            Meta(
                description="What is said of each file, in the order of the files: a JSON array of"
                " objects as in the JSON form of this request, in which everything may be left"
                " out. Without `name` a file is called as its part of the form is.",
                examples=['[{"name": "one.pdf", "pages": "1-3"}, {}]'],
            ),
        ]
        | None
    ) = None


class SentFile(Reading, frozen=True, kw_only=True):
    """What is said of one of several files that are sent as a form."""

    name: Name | None = None
    folder: Folder | None = None
    size_bytes: Size | None = None
    sha256: Sha256 | None = None


class FileChange(Input, frozen=True):
    """What holds of a file from now on; of what is not said, what held before."""

    max_cost_usd: MaxCost | UnsetType | None = UNSET
    keep_days: KeepDays | UnsetType | None = UNSET


class NewFiles(Reading, frozen=True, kw_only=True):
    """Files that are announced together.

    What is said beside `files` holds for each that does not say otherwise.
    """

    files: Annotated[
        list[Any],
        Meta(
            min_length=1,
            max_length=MOST_FILES,
            description="As in POST /v1/files; each is checked by itself.",
        ),
        Rule(f"1 to {MOST_FILES} files", ProblemCode.MALFORMED_BODY),
    ]


class Confirmation(Input, frozen=True):
    """Files whose bytes are there."""

    ids: Annotated[
        list[UUID],
        Meta(min_length=1, max_length=MOST_FILES),
        Rule(f"1 to {MOST_FILES} ids of files", ProblemCode.MALFORMED_ID),
    ]


def common(said: Reading) -> dict[str, object]:
    """What is said for all files, as it stands in what is said of one."""
    return {
        field.name: value
        for field in structs.fields(Reading)
        if (value := getattr(said, field.name)) != field.default
    }


def _typed(password: str) -> str:
    """A password as people can type it: JSON can hold half of a character, a lone surrogate."""
    if password != password.encode(errors="ignore").decode():
        raise ValueError("must have no half characters (lone surrogates)")
    return password


Password = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=1000,
        description="What opens the PDF, if it is locked. Used once, to make a copy that needs"
        " none, and kept nowhere.",
        extra_json_schema={"format": "password", "writeOnly": True},
    ),
    Rule("the password that opens the PDF", then=_typed),
]


class Confirm(Input, frozen=True):
    """What is needed to open a file whose bytes are there."""

    password: Password | None = None


class Retry(Input, frozen=True):
    """Which pages are to be read once more, and how."""

    pages: Selection | None = None
    prompt: Prompt | None = None
    model: Model | None = None
    language: Language | None = None
    text_layer: TextLayerAgain | None = None
    describe: Describe = False
    reader: ReaderName | None = None
    include_corrected: Annotated[
        bool,
        Meta(
            description="Whether pages whose text a person wrote are read, too. Otherwise they are"
            " left as they are; what was written is kept as a version either way."
        ),
    ] = False
    verify: Verify | None = None
    on_doubt: OnDoubtWish | None = None
    password: Password | None = None

    def __post_init__(self) -> None:
        """Refuse wishes that exclude each other: `ApiError`."""
        _check_wishes(self)


class VerifyPages(Input, frozen=True):
    """Which pages are to be held against a second reader."""

    pages: Selection | None = None


def _check_wishes(wanted: Reading | Retry) -> None:
    """Who says how a page is to be read cannot have it not read at all."""
    ways = {name: getattr(wanted, name) for name in ("prompt", "model", "reader", "describe")}
    named = [name for name, value in ways.items() if value]
    if wanted.text_layer is TextLayerUse.ALWAYS and named:
        detail = f"text_layer=always asks no model, so it does not go with {', '.join(named)}"
        raise ApiError(422, ProblemCode.CONFLICTING_OPTIONS, detail)
