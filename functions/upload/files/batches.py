"""Operations on many files at once: announced, sent, confirmed."""

from collections.abc import Callable, Sequence
from typing import Annotated

from msgspec import Meta

from functions.upload import authentication, fields
from functions.upload.answers import Output
from functions.upload.authentication import WRITE, Caller
from functions.upload.bodies import Form
from functions.upload.errors import ApiError, Problem
from functions.upload.files import forms, options, quotas, uploads
from functions.upload.files.file_model import File, StoredFile, to_answer
from functions.upload.files.idempotency import IdempotencyKey, key_of
from functions.upload.files.options import MOST_FILES, Confirmation, FilesForm, NewFile, NewFiles
from functions.upload.files.same_readings import Found
from functions.upload.files.uploads import Made
from functions.upload.operations import Routes
from functions.upload.problem_codes import ProblemCode

routes = Routes("files")

_BATCH_BYTES = 2 * 1024 * 1024  # common options keep prompts out of what is said of each
_CONFIRMATION_BYTES = 64 * 1024


class Result(Output, frozen=True, omit_defaults=True):
    """A file of several, or why there is none; one that is announced has an `upload`, too."""

    file: File | None = None
    found: Annotated[
        bool,
        Meta(
            description="true: with `again` false, this file of before is the answer; there is"
            " nothing left to send."
        ),
    ] = False
    error: Problem | None = None


class Results(Output, frozen=True):
    """A result for each file, in the order of the request."""

    results: list[Result]


class ConfirmedFiles(Output, frozen=True):
    """A result for each id, in the order of the request."""

    results: list[Result]


def receive_files(caller: Caller, headers: IdempotencyKey, form: Form) -> Results:
    """Store and confirm several files that were sent as a form."""
    said = forms.parse(form, FilesForm, most=MOST_FILES)
    authentication.count_files(caller, len(form.files))
    own = forms.described(form, said)

    def receive(number: int) -> uploads.SentFile:
        received = forms.new_file(form.files[number], said, own[number])
        quotas.check_prices(caller, received.new)
        return received

    read = [forms.attempt(receive, number) for number in range(len(form.files))]
    fit = [one for one in read if not isinstance(one, ApiError)]
    key = key_of(caller.tenant, headers, "/v1/files/batch", lambda: forms.digest(form))
    return _results(read, uploads.receive(caller, fit, key), to_answer)


@routes.post(
    "/v1/files/batch",
    WRITE,
    form=receive_files,
    form_fields=FilesForm,
    json_bytes=_BATCH_BYTES,
)
def create_files(caller: Caller, headers: IdempotencyKey, body: NewFiles) -> Results:
    """Announce, or send, up to 1,000 files at once.

    As JSON (2 MiB at most), they are announced: PUT the bytes of each as its `upload` says, then
    confirm all of them with POST /v1/files/confirm. As a form, they are sent, stored and confirmed
    in one request, which suits files of up to 1 MiB each; all together may have as many bytes as
    one file.

    Each stands for itself: one that is refused does not hold up the others. Only what is stored or
    read too much of is refused for all together (413, 429), and then none is made. With an
    Idempotency-Key nothing is made twice, also if the first request was broken off in between. For
    the limit of requests, every ten files count as a request.
    """
    authentication.count_files(caller, len(body.files))
    common = options.common(body)

    def new_file(one: object) -> NewFile:
        if not isinstance(one, dict):
            detail = 'each file is a JSON object such as {"name": …, "size_bytes": …}'
            raise ApiError(400, ProblemCode.MALFORMED_BODY, detail)
        file = fields.parse(NewFile, {**common, **one})
        quotas.check_prices(caller, file)
        return file

    read = [forms.attempt(new_file, one) for one in body.files]
    fit = [one for one in read if not isinstance(one, ApiError)]
    key = key_of(caller.tenant, headers, "/v1/files/batch", lambda: _said(body.files, common))
    return _results(read, uploads.announce(caller, fit, key), uploads.to_announced)


@routes.post(
    "/v1/files/confirm", WRITE, answers={202: ConfirmedFiles}, json_bytes=_CONFIRMATION_BYTES
)
def confirm_files(caller: Caller, body: Confirmation) -> ConfirmedFiles:
    """The bytes of up to 1,000 files are there, begin.

    Each stands for itself, as if it were confirmed alone; confirming again changes nothing. Where
    the object store is not available (503), confirm all of them again.
    """
    authentication.count_files(caller, len(body.ids))
    confirmed = uploads.confirm(caller.tenant, body.ids)
    return ConfirmedFiles([_result(one, to_answer) for one in confirmed])


def _results(
    read: Sequence[object], outcomes: Sequence[Made], show: Callable[[StoredFile], File]
) -> Results:
    """Each file as it is shown, or the problem with it, in the order of the request."""
    made = iter(outcomes)
    return Results(
        [_result(one if isinstance(one, ApiError) else next(made), show) for one in read]
    )


def _result(outcome: Made, show: Callable[[StoredFile], File]) -> Result:
    if isinstance(outcome, Found):
        return Result(file=to_answer(outcome.file), found=True)
    if isinstance(outcome, ApiError):
        return Result(error=outcome.details())
    return Result(file=show(outcome))


def _said(files: Sequence[object], common: dict[str, object]) -> str:
    """A batch for its fingerprint; without common options as earlier versions wrote it."""
    return repr((files, common)) if common else repr(files)
