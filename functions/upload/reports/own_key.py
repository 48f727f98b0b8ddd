"""The key of this Lector, and those that it had before."""

import time

from lector.domain.report_keys import JWK, PublicKey, SigningKey
from lector.runtime import database, queries, settings
from lector.runtime.once import once

_sql = queries.load(__file__)
NOTE_REPORT_KEY = _sql.statement("note_report_key")
REPORT_KEYS = _sql.scalar("report_keys", bytes)
_KEPT_S = 30.0


def signing_key() -> SigningKey | None:
    """The key that REPORT_KEY holds; None: there is none. Its public key is listed from now on."""
    text = settings.current(settings.Reports).report_key
    if not text:
        return None
    key = SigningKey(text)
    _listed().add(key.public)
    return key


def listed() -> list[JWK]:
    """The public keys of this Lector, the present one first, then those that it had before."""
    key = signing_key()
    present = [key.public] if key else []
    return [one.to_jwk() for one in [*present, *_listed().others(present)]]


class _Keys:
    """The keys in the database; anybody may ask for them, so it is asked seldom."""

    def __init__(self) -> None:
        self._noted: set[PublicKey] = set()
        self._found: list[PublicKey] = []
        self._fresh_until = 0.0

    def add(self, key: PublicKey) -> None:
        """Note a key, once in the life of the process."""
        if key in self._noted:
            return
        with database.transaction() as connection:
            NOTE_REPORT_KEY.run(connection, fingerprint=key.fingerprint, public_key=key.raw)
        self._noted.add(key)

    def others(self, than: list[PublicKey]) -> list[PublicKey]:
        """All but some, the newest first."""
        if time.monotonic() >= self._fresh_until:
            with database.transaction() as connection:
                self._found = [PublicKey(raw) for raw in REPORT_KEYS.all(connection)]
            self._fresh_until = time.monotonic() + _KEPT_S
        return [key for key in self._found if key not in than]


@once
def _listed() -> _Keys:
    return _Keys()
