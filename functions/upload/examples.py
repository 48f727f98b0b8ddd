"""An example of every operation, as it stands in the contract: a test sends each as it is.

They tell of `letter.pdf` and `report.pdf` (`tests/samples/`), from their announcement to their end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FILE = "01a21e41-a813-7fbd-b387-a884d4c7bffe"
OTHER_FILE = "01a21e41-a9d0-7c15-9f0c-5d2c1f6b7a40"
ACCESS = "01a21e42-0c5e-7d3a-8a51-3f1f0e9d2c76"
WEBHOOK = "01a21e42-3b77-7e02-b6c4-91d8a7e5f013"
DEAD_LETTER = "01a21e42-6f90-7a4c-94be-0b7d5c3e8a21"
LETTER_URL = "https://www.example.org/letter.pdf"
WEBHOOK_URL = "https://hooks.example.org/lector"

_LETTER = {"name": "letter.pdf", "size_bytes": 5270}
_REPORT = {"name": "report.pdf", "size_bytes": 19683}
_DIGEST = "eb40d694b6b3bc5fe794d5adbdbcd19580b56d6f916d0ee1714ae5c9a80bebb7"
_PAGE = {"file_id": FILE, "number": 1}
_BUCKET = {"name": "scans"}
_CREATED = {
    "eventName": "s3:ObjectCreated:Put",
    "s3": {"bucket": _BUCKET, "object": {"key": "inbox/letter.pdf"}},
}
_EVENT = {
    "detail-type": "Object Created",
    "detail": {"bucket": _BUCKET, "object": {"key": "inbox/letter.pdf"}},
}


@dataclass(frozen=True)
class Example:
    """What a request of an operation holds.

    `parameters` stand in its path, query or headers; `bodies` are its JSON, by what they are for;
    in `form`, `file` has the names of the files that are sent.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    bodies: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, Any] = field(default_factory=dict)


_OF_FILE = Example({"file_id": FILE})
_AS_IT_IS = Example()

EXAMPLES: Mapping[str, Example] = {
    "createFile": Example(
        bodies={
            "announce": {**_LETTER, "language": "en"},
            "fetch": {"url": LETTER_URL, "pages": "1"},
            "find": {**_LETTER, "language": "en", "sha256": _DIGEST, "again": False},
        },
        form={"file": "letter.pdf", "pages": "1", "language": "en"},
    ),
    "uploadInParts": _OF_FILE,
    "confirmFile": Example({"file_id": FILE}, {"usual": {}, "locked": {"password": "kestrel 7"}}),
    "createFiles": Example(
        bodies={"announce": {"files": [_LETTER, {**_REPORT, "pages": "1"}], "language": "en"}},
        form={"file": ["letter.pdf", "report.pdf"], "files": '[{}, {"pages": "1"}]'},
    ),
    "confirmFiles": Example(bodies={"both": {"ids": [FILE, OTHER_FILE]}}),
    "getKeeping": _AS_IT_IS,
    "setKeeping": Example(
        bodies={"month": {"keep_days": 30}, "until_deleted": {"keep_days": None}}
    ),
    "takeObjects": Example(
        {"language": "en"}, {"minio": {"Records": [_CREATED]}, "eventbridge": _EVENT}
    ),
    "listFiles": Example({"status": ["completed"], "name": "letter", "limit": 10}),
    "getTotals": Example({"status": ["completed"], "name": "letter"}),
    "listFolders": Example({"folder": "letters"}),
    "getFile": _OF_FILE,
    "getOriginal": _OF_FILE,
    "changeFile": Example({"file_id": FILE}, {"unlimited": {"max_cost_usd": None}}),
    "retryFile": Example(
        {"file_id": FILE}, {"failed": {}, "page": {"pages": "1", "text_layer": "auto"}}
    ),
    "verifyFile": Example({"file_id": FILE}, {"all": {}, "page": {"pages": "1"}}),
    "cancelFile": _OF_FILE,
    "deleteFile": _OF_FILE,
    "deleteFiles": Example({"id": [FILE, OTHER_FILE]}),
    "listPages": Example({"file_id": FILE, "text": False}),
    "listDoubtedPages": Example({"limit": 10}),
    "getPage": Example({**_PAGE, "highlight": "bookbinders"}),
    "getSmallImage": Example({**_PAGE, "width": 240, "region": "0,0,1,0.5"}),
    "getRegionText": Example({**_PAGE, "region": "0,0,1,0.5"}),
    "correctPage": Example({**_PAGE, "If-Match": '"1"'}, {"text": {"text": "Dear Mr Hale,"}}),
    "listVersions": Example(_PAGE),
    "compareVersions": Example({**_PAGE, "from": 1, "to": 2}),
    "restoreVersion": Example({**_PAGE, "version": 1}),
    "getText": Example({"file_id": FILE, "format": "markdown"}),
    "getArchive": Example(bodies={"texts": {"ids": [FILE, OTHER_FILE], "format": "markdown"}}),
    "searchTexts": Example({"q": "bookbinders", "limit": 5}),
    "getReport": Example({"file_id": FILE, "format": "html", "language": "es"}),
    "listReaders": _AS_IT_IS,
    "estimateCost": Example(
        bodies={
            "file": {"file_id": FILE},
            "pages": {"pages": 300, "text_layer_pages": 120},
        }
    ),
    "listPastEvents": Example({"type": "lector.page.read", "file": FILE, "limit": 10}),
    "getBacklog": _AS_IT_IS,
    "watchAll": Example({"after": "0-0"}),
    "watchFile": Example({"file_id": FILE, "after": "0-0"}),
    "whoAmI": _AS_IT_IS,
    "listTokens": _AS_IT_IS,
    "createToken": Example(
        bodies={
            "reader": {"name": "the archive's search", "scopes": ["read"], "expires_in_days": 90},
            "tenant": {"name": "accounting", "tenant": "accounting", "max_pages_per_day": 5000},
        }
    ),
    "limitToken": Example({"token_id": ACCESS}, {"day": {"max_cost_usd_per_day": 5}}),
    "revokeToken": Example({"token_id": ACCESS}),
    "listWebhooks": _AS_IT_IS,
    "createWebhook": Example(
        bodies={"finished": {"url": WEBHOOK_URL, "types": ["lector.file.completed"]}}
    ),
    "enableWebhook": Example({"webhook_id": WEBHOOK}),
    "deleteWebhook": Example({"webhook_id": WEBHOOK}),
    "listNotifications": Example({"destination": WEBHOOK}),
    "testNotification": Example(bodies={"webhook": {"destination": WEBHOOK}}),
    "answerMessage": Example(
        {"chat": ["-42"]},
        {
            "ping": {"update_id": 1, "message": {"chat": {"id": 7}, "text": "/ping"}},
            "last": {"update_id": 2, "message": {"chat": {"id": -42}, "text": "/last"}},
        },
    ),
    "listDeadLetters": Example({"limit": 10}),
    "replayDeadLetter": Example({"letter_id": DEAD_LETTER}),
    "collectGarbage": Example(bodies={"look": {"older_than_h": 24, "dry_run": True}}),
}
"""By the operation's id in the contract."""
