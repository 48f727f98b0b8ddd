"""Why a file, a page or a delivery fails: every code that Lector gives, with its sentence.

A code is stored, sent and shown, so its value never changes. The page has words for each, in every
language that it knows; what is wrong with an event or a request as such is a `ProtocolCode`.
"""

from lector.runtime.failures import Code


class FailureCode(Code):
    """A reason that a person may meet."""

    # Opening a file.
    EMPTY_FILE = "empty_file", "the file is empty"
    NOT_A_PDF = (
        "not_a_pdf",
        "the file is neither a PDF nor an image that Lector reads, or it is damaged beyond repair",
    )
    UNSUPPORTED_TYPE = "unsupported_type", "the file is of a kind that Lector does not read"
    PASSWORD_PROTECTED = (
        "password_protected",
        "the PDF is locked with a password; retry it with that, or upload a copy without one",
    )
    NO_PAGES = "no_pages", "the PDF has no pages"
    TOO_MANY_PAGES = (
        "too_many_pages",
        "the file has more pages than the limit, or more of them are selected",
    )
    NO_SUCH_PAGES = "no_such_pages", "the pages that were asked for are not in the file"
    SHA256_MISMATCH = "sha256_mismatch", "the bytes that arrived are not those that were announced"
    FILE_MISSING = "file_missing", "the file is no longer in the object store"
    FILE_TOO_SLOW = "file_too_slow", "the file takes too long to open"
    FILE_TOO_LARGE = "file_too_large", "the file needs too much memory to be opened"
    FILE_CRASHES_RENDERER = "file_crashes_renderer", "the file crashes the renderer"

    # Drawing a page.
    PAGE_MISSING = "page_missing", "the page is missing: the PDF is damaged"
    PAGE_UNDECODABLE = "page_undecodable", "the page's content cannot be decoded"
    PAGE_UNRENDERABLE = "page_unrenderable", "the page cannot be drawn"
    PAGE_TOO_SLOW = "page_too_slow", "the page takes too long to draw"
    PAGE_TOO_LARGE = "page_too_large", "the page needs too much memory to be drawn"
    PAGE_CRASHES_RENDERER = "page_crashes_renderer", "the page crashes the renderer"

    # Reading a page.
    IMAGE_MISSING = "image_missing", "the page's image is no longer stored"
    NOT_A_COMPLETION = (
        "not_a_completion",
        "the model endpoint's answer is no chat completion; check OPENAI_BASE_URL",
    )
    EMPTY_ANSWER = "empty_answer", "the model answered nothing"
    ANSWER_CUT_OFF = "answer_cut_off", "the answer was cut off at the token limit"
    ANSWER_UNFINISHED = "answer_unfinished", "the model did not finish its answer"
    ANSWER_REPEATS = "answer_repeats", "the answer repeats itself without end"
    ANSWER_TOO_LARGE = "answer_too_large", "the answer is larger than any page's text"
    CONTENT_FILTERED = "content_filtered", "the provider's content filter withheld the text"
    MODEL_REFUSED = "model_refused", "the model refused to read the page"
    MODEL_NOT_ALLOWED = "model_not_allowed", "the model may not be chosen here"
    MODEL_REFUSED_AUTHENTICATION = (
        "model_refused_authentication",
        "the model endpoint refused the credentials; check OPENAI_API_KEY",
    )
    MODEL_REFUSED_REQUEST = "model_refused_request", "the model endpoint refused the request"
    MODEL_WANTS_PAYMENT = "model_wants_payment", "the model provider's account has no credit"
    MODEL_FAILED = "model_failed", "the model endpoint failed at this page"
    MODEL_TIMED_OUT = (
        "model_timed_out",
        "the model takes longer than a call may; raise MODEL_TIMEOUT_S",
    )
    ANSWER_BROKEN_OFF = "answer_broken_off", "the model endpoint broke its answer off"
    READER_UNKNOWN = "reader_unknown", "there is no reader of this name"

    # A lane as a whole: a page waits for it, and fails only if it never answered.
    MODEL_LIMITS_RATE = "model_limits_rate", "the model endpoint takes no more requests now"
    MODEL_UNREACHABLE = "model_unreachable", "the model endpoint cannot be reached"

    # A ceiling in money: a page waits under it, and fails only where nobody knows what it costs.
    BUDGET_EXCEEDED = (
        "budget_exceeded",
        "a ceiling in money is reached; it goes on when that is raised",
    )
    COST_UNKNOWN = (
        "cost_unknown",
        "what the reader costs is not known, so no ceiling can be kept; set its prices",
    )
    # A limit of a day, under which no page of a file was begun.
    PAGE_LIMIT_REACHED = "page_limit_reached", "the pages of this day are used up"

    # A file that no part of has been read yet: it does not fail for that, but waits.
    BEHIND_FILES = "behind_files", "earlier files of the same tenant are read first"

    # A file as a whole.
    CANCELLED = "cancelled", "somebody cancelled it"
    PAGES_FAILED = "pages_failed", "some pages could not be read"
    STALLED = "stalled", "nothing happened although it was announced again and again"

    # Deliveries.
    UNREACHABLE = "unreachable", "the function cannot be reached"
    BROKEN_OFF = "broken_off", "the function did not answer"
    UNEXPECTED_ANSWER = "unexpected_answer", "the function's answer is not understood"
    MALFORMED_REPLY = "malformed_reply", "the function's reply is not a CloudEvent"
    REPLY_TOO_LARGE = "reply_too_large", "the function's reply is too large"
    NOT_TAKEN = "not_taken", "whoever was to be told did not take it"
