"""The part of the HTTP API for whoever looks after a Lector: dead letters and garbage."""

from datetime import datetime

from flask import Blueprint, Response, jsonify, request

from functions.upload import cursors, validation
from functions.upload.admin import dead_letters, orphaned_objects
from lector.runtime import settings

upkeep = Blueprint("upkeep", __name__, url_prefix="/v1")


@upkeep.get("/dead-letters")
def list_dead_letters() -> Response:
    """Those that belong to no page or file, the newest first; `cursor` continues."""
    validation.no_unknown(request.args, ("limit", "cursor"))
    limit = validation.whole_number(request.args, "limit", 50, 1, 1000)
    [last] = cursors.read(request.args.get("cursor"), str) or [None]
    before = _moment(last)
    found = dead_letters.newest(before, limit + 1)
    more = cursors.written(found[limit - 1].created_at.isoformat()) if len(found) > limit else None
    shown = [dead_letters.shown(letter) for letter in found[:limit]]
    return jsonify({"dead_letters": shown, "next": more})


@upkeep.post("/dead-letters/<letter_id>/replay")
def replay_dead_letter(letter_id: str) -> tuple[Response, int]:
    """Announce the event once more (202)."""
    validation.options(request, ())
    letter = dead_letters.replay(validation.id_of("dead letter", letter_id))
    return jsonify(dead_letters.shown(letter)), 202


@upkeep.post("/gc")
def collect_garbage() -> Response:
    """Find and remove uploads never confirmed, and objects of no file; `dry_run` only finds."""
    options = validation.options(request, ("older_than_h", "dry_run"))
    keep_h = settings.current(settings.Ledger).unconfirmed_keep_h
    dry_run = validation.flag(options, "dry_run")
    found = orphaned_objects.find(validation.hours(options, "older_than_h", keep_h))
    gone = found if dry_run else orphaned_objects.collect(found)
    return jsonify(
        {"unconfirmed": [str(file) for file in gone.unconfirmed], "orphans": gone.orphans}
    )


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise cursors.malformed() from None
