"""Which readers there are, and what each can honour."""

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from functions.upload import reader_languages
from functions.upload.answers import Output
from functions.upload.authentication import READ, Caller
from functions.upload.files import reader_choice
from functions.upload.operations import Routes
from lector.domain.states import OnDoubt, VerifyUse

if TYPE_CHECKING:
    from lector.domain.reader_catalogue import Catalogue

routes = Routes("readers")


class Honours(Output, frozen=True):
    """Which wishes a reader looks at."""

    prompt: bool
    describe: bool
    language: bool


class Reader(Output, frozen=True, kw_only=True):
    """Somebody who reads pages."""

    name: str
    default: Annotated[bool, Meta(description="Whether it reads files that name no reader.")]
    ready: Annotated[
        bool | None,
        Meta(
            description="Whether it is set up: one that is not is refused. Null where upload does"
            " not know."
        ),
    ]
    model: Annotated[
        str | None, Meta(description="As its endpoint calls it; null where upload does not know.")
    ]
    models: Annotated[list[str], Meta(description="Those that may be chosen beside it; *: any.")]
    languages: Annotated[
        list[str] | None, Meta(description="Those that it has (BCP 47); null: any.")
    ]
    honours: Honours
    fallback: Annotated[
        str | None, Meta(description="Who reads a page at which it has failed for good.")
    ]
    verify: Annotated[
        VerifyUse | None,
        Meta(
            description="Whether what it says is held against a second reader; null: as the server"
            " (VERIFY) is set up. A file's own wish goes before."
        ),
    ]
    on_doubt: Annotated[
        OnDoubt,
        Meta(description="What follows if that one speaks against an answer, unless a file says."),
    ]
    escalate: Annotated[
        str | None, Meta(description="The larger reader that is asked for such pages only.")
    ]


class ReaderList(Output, frozen=True):
    """The readers that people may choose, the default one first."""

    readers: list[Reader]


@routes.get("/v1/readers", READ)
def list_readers(caller: Caller) -> ReaderList:  # noqa: ARG001 - all callers have the same
    """List readers.

    A file names one as `reader`; else the default one reads it.
    """
    from lector.domain import reader_catalogue  # noqa: PLC0415 - seldom asked for

    return list_those_of(reader_catalogue.current())


def list_those_of(catalogue: "Catalogue") -> ReaderList:
    """Those readers of a catalogue that people may choose."""
    allowed = [name for name in catalogue.readers if reader_choice.may_choose(catalogue, name)]
    names = sorted(allowed, key=lambda name: (name != catalogue.default, name))
    return ReaderList(
        [
            Reader(
                name=name,
                default=name == catalogue.default,
                ready=reader_choice.is_ready(name),
                model=one.model_name(),
                models=one.choices,
                languages=reader_languages.of(one),
                honours=Honours(one.honours_prompt, one.honours_describe, one.honours_language),
                fallback=one.fallback,
                verify=one.verify,
                on_doubt=one.on_doubt,
                escalate=one.escalate,
            )
            for name in names
            for one in (catalogue.readers[name],)
        ]
    )
