"""What a tenant or a token may store, have read on a day, and spend: checked before files are made.

Pages are counted when a file is opened, as nobody knows them before: here a file is refused when
the day's pages are used up already, and a file with more than are left fails when it is opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.upload.authentication import NO_LIMITS, Caller
from functions.upload.errors import ApiError
from functions.upload.files import reader_costs
from functions.upload.files.options import NewFile
from functions.upload.problem_codes import ProblemCode
from lector.domain.failure_codes import FailureCode
from lector.runtime import queries, settings
from lector.runtime.database import Connection


@dataclass(frozen=True)
class Used:
    """What a tenant, and the token that somebody came with, have used of their limits."""

    tenant_bytes: int
    token_bytes: int
    tenant_pages: int
    token_pages: int
    until_tomorrow_s: int


_sql = queries.load(__file__)
LOCK_STORAGE = _sql.scalar("lock_storage", bool)
USED_SO_FAR = _sql.rows("used_so_far", Used)


def check(connection: Connection, caller: Caller, new: Sequence[NewFile]) -> None:
    """Refuse files that are more than may be stored, or read today, or that have no known price.

    Raises:
        ApiError: 413 for bytes, 429 for pages, 422 for a reader without prices under a ceiling.

    """
    config, limits = settings.current(settings.Budgets), caller.limits
    for file in new:
        check_prices(caller, file)
    has_limits = config.max_stored_bytes or config.max_pages_per_day or limits != NO_LIMITS
    if not new or not has_limits:
        return
    LOCK_STORAGE.one(connection, tenant=caller.tenant)
    [used] = USED_SO_FAR.all(connection, tenant=caller.tenant, token_id=caller.token_id)
    size = sum(file.size_bytes for file in new)
    _check_bytes("your tenant", used.tenant_bytes, size, config.max_stored_bytes or None)
    _check_bytes("your token", used.token_bytes, size, limits.max_stored_bytes)
    _check_pages("your tenant", used.tenant_pages, config.max_pages_per_day or None, used)
    _check_pages("your token", used.token_pages, limits.max_pages_per_day, used)


def check_prices(caller: Caller, file: NewFile) -> None:
    """Refuse a reader of whom nobody knows what it costs, where that is limited: 422."""
    config, limits = settings.current(settings.Budgets), caller.limits
    if config.ceiling_usd is not None or limits.max_cost_usd_per_day is not None:
        reader_costs.check(file.reader, file.model, file.text_layer)


def _check_bytes(who: str, stored: int, more: int, most: int | None) -> None:
    if most is not None and stored + more > most:
        detail = (
            f"{who} may store {most} bytes, has {stored} and sends {more} more; delete files, or"
            " have the limit raised"
        )
        raise ApiError(413, ProblemCode.STORAGE_LIMIT_REACHED, detail)


def _check_pages(who: str, read: int, most: int | None, used: Used) -> None:
    if most is not None and read >= most:
        detail = f"{who} may have {most} pages read a day, and has had {read} today (UTC)"
        headers = {"Retry-After": str(used.until_tomorrow_s)}
        raise ApiError(429, FailureCode.PAGE_LIMIT_REACHED, detail, headers)
