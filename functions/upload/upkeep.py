"""The part of the HTTP API for whoever looks after a Lector: dead letters and garbage."""

from flask import Blueprint, Response, jsonify, request

import checks
import garbage
import letters
from checks import BadRequest
from lector import settings

upkeep = Blueprint("upkeep", __name__, url_prefix="/v1")


@upkeep.get("/dead-letters")
def list_dead_letters() -> Response:
    """Those that belong to no page or file, the newest first; `cursor` continues."""
    checks.no_unknown(request.args, ("limit", "cursor"))
    limit = checks.whole_number(request.args, "limit", 50, 1, 1000)
    before = checks.moment(request.args.get("cursor"))
    found = letters.newest(before, limit + 1)
    more = found[limit - 1].created_at.isoformat() if len(found) > limit else None
    shown = [letters.shown(letter) for letter in found[:limit]]
    return jsonify({"dead_letters": shown, "next": more})


@upkeep.post("/dead-letters/<letter_id>/replay")
def replay_dead_letter(letter_id: str) -> tuple[Response, int]:
    """Announce the event once more (202)."""
    letter = letters.replay(checks.file_id(letter_id))
    return jsonify(letters.shown(letter)), 202


@upkeep.post("/gc")
def collect_garbage() -> Response:
    """Find and remove uploads never confirmed, and objects of no file; `dry_run` only finds."""
    body = request.get_json(silent=True) if request.data else {}
    if not isinstance(body, dict):
        raise BadRequest("malformed_body", 'send nothing, or {"older_than_h": 24, "dry_run": true}')
    checks.no_unknown(body, ("older_than_h", "dry_run"))
    keep_h = settings.current(settings.Ledger).unconfirmed_keep_h
    dry_run = checks.flag(body, "dry_run")
    found = garbage.find(checks.hours(body, "older_than_h", keep_h))
    if not dry_run:
        garbage.collect(found)
    return jsonify(
        {"unconfirmed": [str(file) for file in found.unconfirmed], "orphans": found.orphans}
    )
