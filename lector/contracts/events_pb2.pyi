from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FileUploaded(_message.Message):
    __slots__ = ("generation", "object_key", "name", "size_bytes", "sha256", "tenant", "text_unwanted")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    OBJECT_KEY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    TEXT_UNWANTED_FIELD_NUMBER: _ClassVar[int]
    generation: int
    object_key: str
    name: str
    size_bytes: int
    sha256: str
    tenant: str
    text_unwanted: bool
    def __init__(self, generation: _Optional[int] = ..., object_key: _Optional[str] = ..., name: _Optional[str] = ..., size_bytes: _Optional[int] = ..., sha256: _Optional[str] = ..., tenant: _Optional[str] = ..., text_unwanted: _Optional[bool] = ...) -> None: ...

class FileOpened(_message.Message):
    __slots__ = ("generation", "object_key", "page_count", "warning", "media_type", "sha256", "first_page")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    OBJECT_KEY_FIELD_NUMBER: _ClassVar[int]
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    WARNING_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    FIRST_PAGE_FIELD_NUMBER: _ClassVar[int]
    generation: int
    object_key: str
    page_count: int
    warning: str
    media_type: str
    sha256: str
    first_page: RenderedPage
    def __init__(self, generation: _Optional[int] = ..., object_key: _Optional[str] = ..., page_count: _Optional[int] = ..., warning: _Optional[str] = ..., media_type: _Optional[str] = ..., sha256: _Optional[str] = ..., first_page: _Optional[_Union[RenderedPage, _Mapping]] = ...) -> None: ...

class PagesRequested(_message.Message):
    __slots__ = ("generation", "object_key", "page_numbers", "reader", "text_unwanted", "text_only")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    OBJECT_KEY_FIELD_NUMBER: _ClassVar[int]
    PAGE_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    READER_FIELD_NUMBER: _ClassVar[int]
    TEXT_UNWANTED_FIELD_NUMBER: _ClassVar[int]
    TEXT_ONLY_FIELD_NUMBER: _ClassVar[int]
    generation: int
    object_key: str
    page_numbers: _containers.RepeatedScalarFieldContainer[int]
    reader: str
    text_unwanted: bool
    text_only: bool
    def __init__(self, generation: _Optional[int] = ..., object_key: _Optional[str] = ..., page_numbers: _Optional[_Iterable[int]] = ..., reader: _Optional[str] = ..., text_unwanted: _Optional[bool] = ..., text_only: _Optional[bool] = ...) -> None: ...

class PagesRendered(_message.Message):
    __slots__ = ("generation", "pages")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    PAGES_FIELD_NUMBER: _ClassVar[int]
    generation: int
    pages: _containers.RepeatedCompositeFieldContainer[RenderedPage]
    def __init__(self, generation: _Optional[int] = ..., pages: _Optional[_Iterable[_Union[RenderedPage, _Mapping]]] = ...) -> None: ...

class RenderedPage(_message.Message):
    __slots__ = ("page_number", "image", "failure", "text_sought", "render_s", "text_layer", "doubts")
    class DoubtsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    TEXT_SOUGHT_FIELD_NUMBER: _ClassVar[int]
    RENDER_S_FIELD_NUMBER: _ClassVar[int]
    TEXT_LAYER_FIELD_NUMBER: _ClassVar[int]
    DOUBTS_FIELD_NUMBER: _ClassVar[int]
    page_number: int
    image: PageImage
    failure: Failure
    text_sought: bool
    render_s: float
    text_layer: TextLayer
    doubts: _containers.ScalarMap[str, str]
    def __init__(self, page_number: _Optional[int] = ..., image: _Optional[_Union[PageImage, _Mapping]] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., text_sought: _Optional[bool] = ..., render_s: _Optional[float] = ..., text_layer: _Optional[_Union[TextLayer, _Mapping]] = ..., doubts: _Optional[_Mapping[str, str]] = ...) -> None: ...

class TextLayer(_message.Message):
    __slots__ = ("sha256", "verdict", "reason")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    sha256: str
    verdict: str
    reason: str
    def __init__(self, sha256: _Optional[str] = ..., verdict: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class PageImage(_message.Message):
    __slots__ = ("object_key", "sha256", "width_px", "height_px", "blank")
    OBJECT_KEY_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    WIDTH_PX_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_PX_FIELD_NUMBER: _ClassVar[int]
    BLANK_FIELD_NUMBER: _ClassVar[int]
    object_key: str
    sha256: str
    width_px: int
    height_px: int
    blank: bool
    def __init__(self, object_key: _Optional[str] = ..., sha256: _Optional[str] = ..., width_px: _Optional[int] = ..., height_px: _Optional[int] = ..., blank: _Optional[bool] = ...) -> None: ...

class PagesExtracted(_message.Message):
    __slots__ = ("generation", "page_numbers")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    PAGE_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    generation: int
    page_numbers: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, generation: _Optional[int] = ..., page_numbers: _Optional[_Iterable[int]] = ...) -> None: ...

class PageRegistered(_message.Message):
    __slots__ = ("generation", "page_number", "image", "reader", "tenant", "tries")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    READER_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    TRIES_FIELD_NUMBER: _ClassVar[int]
    generation: int
    page_number: int
    image: PageImage
    reader: str
    tenant: str
    tries: int
    def __init__(self, generation: _Optional[int] = ..., page_number: _Optional[int] = ..., image: _Optional[_Union[PageImage, _Mapping]] = ..., reader: _Optional[str] = ..., tenant: _Optional[str] = ..., tries: _Optional[int] = ...) -> None: ...

class PageRead(_message.Message):
    __slots__ = ("generation", "page_number", "provenance", "model", "prompt_tokens", "completion_tokens", "doubts", "turned_degrees", "confidence", "verification", "agreement")
    class DoubtsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    DOUBTS_FIELD_NUMBER: _ClassVar[int]
    TURNED_DEGREES_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    VERIFICATION_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    generation: int
    page_number: int
    provenance: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    doubts: _containers.ScalarMap[str, str]
    turned_degrees: int
    confidence: float
    verification: str
    agreement: float
    def __init__(self, generation: _Optional[int] = ..., page_number: _Optional[int] = ..., provenance: _Optional[str] = ..., model: _Optional[str] = ..., prompt_tokens: _Optional[int] = ..., completion_tokens: _Optional[int] = ..., doubts: _Optional[_Mapping[str, str]] = ..., turned_degrees: _Optional[int] = ..., confidence: _Optional[float] = ..., verification: _Optional[str] = ..., agreement: _Optional[float] = ...) -> None: ...

class VerificationRequested(_message.Message):
    __slots__ = ("generation", "page_numbers")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    PAGE_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    generation: int
    page_numbers: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, generation: _Optional[int] = ..., page_numbers: _Optional[_Iterable[int]] = ...) -> None: ...

class PageVerified(_message.Message):
    __slots__ = ("generation", "page_number", "verification", "agreement", "doubts")
    class DoubtsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    VERIFICATION_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    DOUBTS_FIELD_NUMBER: _ClassVar[int]
    generation: int
    page_number: int
    verification: str
    agreement: float
    doubts: _containers.ScalarMap[str, str]
    def __init__(self, generation: _Optional[int] = ..., page_number: _Optional[int] = ..., verification: _Optional[str] = ..., agreement: _Optional[float] = ..., doubts: _Optional[_Mapping[str, str]] = ...) -> None: ...

class PageFailed(_message.Message):
    __slots__ = ("generation", "page_number", "failure")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    generation: int
    page_number: int
    failure: Failure
    def __init__(self, generation: _Optional[int] = ..., page_number: _Optional[int] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ...) -> None: ...

class FileCompleted(_message.Message):
    __slots__ = ("generation", "status", "pages_read", "pages_failed", "pages_doubted", "delete_at")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PAGES_READ_FIELD_NUMBER: _ClassVar[int]
    PAGES_FAILED_FIELD_NUMBER: _ClassVar[int]
    PAGES_DOUBTED_FIELD_NUMBER: _ClassVar[int]
    DELETE_AT_FIELD_NUMBER: _ClassVar[int]
    generation: int
    status: str
    pages_read: int
    pages_failed: int
    pages_doubted: int
    delete_at: str
    def __init__(self, generation: _Optional[int] = ..., status: _Optional[str] = ..., pages_read: _Optional[int] = ..., pages_failed: _Optional[int] = ..., pages_doubted: _Optional[int] = ..., delete_at: _Optional[str] = ...) -> None: ...

class FileFailed(_message.Message):
    __slots__ = ("generation", "failure")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    generation: int
    failure: Failure
    def __init__(self, generation: _Optional[int] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ...) -> None: ...

class FileCancelled(_message.Message):
    __slots__ = ("generation",)
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    generation: int
    def __init__(self, generation: _Optional[int] = ...) -> None: ...

class FileRetried(_message.Message):
    __slots__ = ("generation",)
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    generation: int
    def __init__(self, generation: _Optional[int] = ...) -> None: ...

class PageRestored(_message.Message):
    __slots__ = ("generation", "page_number", "version")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    generation: int
    page_number: int
    version: int
    def __init__(self, generation: _Optional[int] = ..., page_number: _Optional[int] = ..., version: _Optional[int] = ...) -> None: ...

class PageCorrected(_message.Message):
    __slots__ = ("generation", "page_number", "version", "confirmed")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    generation: int
    page_number: int
    version: int
    confirmed: bool
    def __init__(self, generation: _Optional[int] = ..., page_number: _Optional[int] = ..., version: _Optional[int] = ..., confirmed: _Optional[bool] = ...) -> None: ...

class FilesDeleted(_message.Message):
    __slots__ = ("round", "days_over")
    ROUND_FIELD_NUMBER: _ClassVar[int]
    DAYS_OVER_FIELD_NUMBER: _ClassVar[int]
    round: int
    days_over: bool
    def __init__(self, round: _Optional[int] = ..., days_over: _Optional[bool] = ...) -> None: ...

class ObjectsRemoved(_message.Message):
    __slots__ = ("round",)
    ROUND_FIELD_NUMBER: _ClassVar[int]
    round: int
    def __init__(self, round: _Optional[int] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("code", "detail")
    CODE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    code: str
    detail: str
    def __init__(self, code: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class DeliveryFailed(_message.Message):
    __slots__ = ("function", "failure", "attempts", "headers", "body")
    class HeadersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    FUNCTION_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    function: str
    failure: Failure
    attempts: int
    headers: _containers.ScalarMap[str, str]
    body: bytes
    def __init__(self, function: _Optional[str] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., attempts: _Optional[int] = ..., headers: _Optional[_Mapping[str, str]] = ..., body: _Optional[bytes] = ...) -> None: ...

class NotificationRequested(_message.Message):
    __slots__ = ("destination", "headers", "body", "text")
    class HeadersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    destination: str
    headers: _containers.ScalarMap[str, str]
    body: bytes
    text: str
    def __init__(self, destination: _Optional[str] = ..., headers: _Optional[_Mapping[str, str]] = ..., body: _Optional[bytes] = ..., text: _Optional[str] = ...) -> None: ...

class WebhookTested(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DigestDue(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class OutboxWritten(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class LedgerStalled(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
