"""Why a request to the API is refused, for programs; the sentence beside it tells people."""

from enum import StrEnum


class ProblemCode(StrEnum):
    """A refusal of the API. A field that is not as described is `malformed_` and its name."""

    # The request as such.
    BODY_TOO_LARGE = "body_too_large"
    BODY_TOO_SLOW = "body_too_slow"
    CONFLICTING_OPTIONS = "conflicting_options"
    MALFORMED_BODY = "malformed_body"
    MALFORMED_CURSOR = "malformed_cursor"
    MALFORMED_FORM = "malformed_form"
    MALFORMED_ID = "malformed_id"
    MALFORMED_PAGES = "malformed_pages"
    MALFORMED_POSITION = "malformed_position"
    MALFORMED_PROMPT = "malformed_prompt"
    MALFORMED_SCOPES = "malformed_scopes"
    MALFORMED_SIZE = "malformed_size"
    NOT_FOUND = "not_found"
    REPEATED_OPTION = "repeated_option"
    UNKNOWN_OPTION = "unknown_option"

    # What may be stored, read or spent.
    NO_PRICES = "no_prices"
    STORAGE_LIMIT_REACHED = "storage_limit_reached"

    # Who asks.
    BUCKET_NOT_ALLOWED = "bucket_not_allowed"
    FOREIGN_PAGE = "foreign_page"
    NOT_ALLOWED = "not_allowed"
    OBJECT_REFUSED = "object_refused"
    TOKEN_NEEDED = "token_needed"  # noqa: S105 - a code, no secret
    TOO_MANY_AT_ONCE = "too_many_at_once"
    TOO_MANY_REQUESTS = "too_many_requests"
    TOO_MANY_SEARCHES = "too_many_searches"
    UNKNOWN_HOST = "unknown_host"

    # What is asked for does not exist.
    NO_SUCH_DEAD_LETTER = "no_such_dead_letter"
    NO_SUCH_FILE = "no_such_file"
    NO_SUCH_PAGE = "no_such_page"
    NO_SUCH_TOKEN = "no_such_token"  # noqa: S105 - a code, no secret
    NO_SUCH_VERSION = "no_such_version"
    NO_SUCH_WEBHOOK = "no_such_webhook"

    # What is asked for cannot be done as things stand.
    ALREADY_UPLOADED = "already_uploaded"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    NO_WORD_POSITIONS = "no_word_positions"
    NOT_DRAWN = "not_drawn"
    NOT_UNDERSTOOD = "not_understood"
    NOT_OPENED = "not_opened"
    NOT_UPLOADED = "not_uploaded"
    NOTHING_TO_RETRY = "nothing_to_retry"
    ONLY_CORRECTED = "only_corrected"
    PAGE_BEING_READ = "page_being_read"
    NOTHING_TO_VERIFY = "nothing_to_verify"
    PDF_PROTECTED = "pdf_protected"
    PDF_TOO_LARGE = "pdf_too_large"
    PDF_TOO_SLOW = "pdf_too_slow"
    PDF_UNREADABLE = "pdf_unreadable"
    SEARCH_TOO_SLOW = "search_too_slow"
    SIZE_MISMATCH = "size_mismatch"
    TOO_DIFFERENT = "too_different"
    UPLOAD_CHANGED = "upload_changed"
    URL_NOT_ALLOWED = "url_not_allowed"
    URL_NOT_FETCHED = "url_not_fetched"
    URL_TOO_SLOW = "url_too_slow"
    VERSION_CHANGED = "version_changed"
    VERSION_NEEDED = "version_needed"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a code, no secret
