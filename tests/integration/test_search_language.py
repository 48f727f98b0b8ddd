"""The language of a text for the search: found before it is stored, as the database finds it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from lector.domain import search_language
from lector.runtime.database import Connection
from tests.support.cpu_time import timed
from tests.support.parts import Parts
from tests.support.pdfs import SENTENCES

TEXTS = {
    "danish": (
        "Hvad blev der af dem, efter at hun havde været hos mig, og nu skal hun også selv være her?"
    ),
    "dutch": ("Het was een koude dag en de man die naar het huis liep had niets meer om te eten."),
    "english": " ".join(SENTENCES),
    "finnish": ("Minä olen täällä ja sinä olet siellä, mutta me emme ole vielä missä he ovat nyt."),
    "french": (
        "Nous n'avons pas encore reçu la facture que vous avez "
        "envoyée à notre adresse, et je suis à vous."
    ),
    "german": (
        "Die Rechnung ist nicht bezahlt worden, weil über das Konto "
        "der Firma noch nichts bekannt war."
    ),
    "hungarian": (
        "A ház és az ember nem volt ott, amikor még csak egy volt, és azok is ők voltak."
    ),
    "italian": (
        "Non abbiamo ancora ricevuto la fattura che è stata mandata al nostro indirizzo da voi."
    ),
    "norwegian": (
        "Jeg har ikke sett hva de skal gjøre når dere kommer hjem til oss, men det er også noe."
    ),
    "portuguese": (
        "Não é possível que os documentos estejam com ele, porque eu os tinha em minha casa."
    ),
    "russian": (
        "Он сказал, что не знает, как это было и где они могли бы быть в тот день, когда мы пришли."
    ),
    "spanish": (
        "No hemos recibido todavía la factura que nos envió el mes "
        "pasado, y por eso no está pagada."
    ),
    "swedish": (
        "Det är inte så att jag har varit där när du kom, och vi är alla här på ön som de sade."
    ),
    "turkish": (
        "Bu çok güzel bir gün ve biz de onun için geldik, ama ne zaman daha iyi olur diye sorduk."
    ),
    "numbers": "12 345,67 € 2026-11-28 ²½ 0x1F — 99,00",
    "no stop words": "Invoice Müller GmbH Straße Berlin Total Amount Tax Number Date Köln",
    "nothing": "",
    "greek": "Δεν έχουμε λάβει ακόμη το τιμολόγιο που μας στείλατε τον προηγούμενο μήνα.",
    "shouted": "THE INVOICE WAS NOT PAID BECAUSE OF A MISTAKE IN THE ACCOUNT OF THE COMPANY.",
    "two at once": "the and of de la les",
}


@pytest.fixture
def connection(services: Parts) -> Iterator[Connection]:
    with psycopg.connect(services.embedded.postgres.url) as connected:
        yield connected
        connected.rollback()


@pytest.fixture(scope="module")
def unicode_connection(services: Parts) -> Iterator[Connection]:
    """A database whose locale knows all letters, with the same functions."""
    name = f"letters_{uuid4().hex}"
    url = services.embedded.postgres.url
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER builtin"
            " BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'".encode()
        )
        made = owner.execute(
            "SELECT pg_get_functiondef('search_language(text, text)'::regprocedure)"
        ).fetchone()
        assert made
        with psycopg.connect(url.replace("/lector?", f"/{name}?")) as connected:
            connected.execute(made[0].encode())
            yield connected
        owner.execute(f"DROP DATABASE {name}".encode())


def _of_database(connection: Connection, text: str) -> str:
    found = connection.execute("SELECT search_language(%s, NULL)", [text]).fetchone()
    assert found
    return str(found[0])


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_has_the_language_that_the_database_finds(connection: Connection, name: str) -> None:
    text = TEXTS[name] * 3
    assert search_language.find(text, ascii_only=True) == _of_database(connection, text)


@pytest.mark.parametrize("name", TEXTS)
def test_so_it_has_where_the_locale_knows_all_letters(
    unicode_connection: Connection, name: str
) -> None:
    found = search_language.find(TEXTS[name], ascii_only=False)
    assert found == _of_database(unicode_connection, TEXTS[name])
    assert found == name or name not in search_language.languages()


def test_the_stop_words_are_those_of_the_server(
    unicode_connection: Connection,
) -> None:
    for word, languages in search_language.stop_words().items():
        found = unicode_connection.execute(
            "SELECT array_agg(config ORDER BY config) FROM unnest(%s::text[]) AS config"
            " WHERE ts_lexize((config || '_stem')::regdictionary, %s) = '{}'",
            [sorted(search_language.languages()), word],
        ).fetchone()
        assert found == (sorted(languages),), word


def test_to_find_it_before_costs_a_tenth_of_what_the_database_takes(
    connection: Connection,
) -> None:
    text = TEXTS["english"]
    search_language.find(text, ascii_only=True)
    of_database = min(_seconds_of_database(connection, text) for _ in range(5))

    def find() -> None:
        for _ in range(100):
            search_language.find(text, ascii_only=True)

    here = timed(find)[1] / 100
    print(f"{here * 1e6:.0f} µs here, {of_database * 1e6:.0f} µs there")  # noqa: T201
    assert here < 0.1 * of_database


def _seconds_of_database(connection: Connection, text: str) -> float:
    """How long the database takes for it once, by its own clock."""
    found = connection.execute(
        "EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF)"
        " SELECT search_language(%s || n, NULL) FROM generate_series(1, 20) AS n",
        [text],
    ).fetchone()
    assert found
    milliseconds: Any = found[0]
    return float(milliseconds[0]["Execution Time"]) / 1000 / 20


@pytest.fixture
def page_id(connection: Connection) -> object:
    """A page that waits for its text."""
    page, file = uuid4(), uuid4()
    connection.execute(
        "INSERT INTO files (id, name, size_bytes, status) VALUES (%s, 'a.pdf', 1, 'reading')",
        [file],
    )
    connection.execute(
        "INSERT INTO pages (id, file_id, number, generation, status)"
        " VALUES (%s, %s, 1, 1, 'rendered')",
        [page, file],
    )
    return page


def _searched(connection: Connection, page_id: object) -> object:
    return connection.execute(
        "SELECT search_language, search FROM pages WHERE id = %s", [page_id]
    ).fetchone()


def test_the_language_that_is_given_with_a_text_is_the_one_of_its_search(
    connection: Connection, page_id: object
) -> None:
    connection.execute(
        "UPDATE pages SET text = 'the houses', search_language = 'german' WHERE id = %s", [page_id]
    )
    assert _searched(connection, page_id) == ("german", "'hous':2 'the':1")


def test_where_none_is_given_as_by_the_version_before_the_database_finds_it(
    connection: Connection, page_id: object
) -> None:
    connection.execute("UPDATE pages SET text = 'the houses' WHERE id = %s", [page_id])
    assert _searched(connection, page_id) == ("english", "'hous':2")
    connection.execute("UPDATE pages SET text = 'die Häuser und der Hund' WHERE id = %s", [page_id])
    found = _searched(connection, page_id)
    assert isinstance(found, tuple)
    assert found[0] == "german"


def test_a_language_that_changes_without_its_text_has_the_words_made_anew(
    connection: Connection, page_id: object
) -> None:
    connection.execute("UPDATE pages SET text = 'the houses' WHERE id = %s", [page_id])
    connection.execute(
        "UPDATE pages SET text = 'the houses', search_language = 'simple' WHERE id = %s", [page_id]
    )
    assert _searched(connection, page_id) == ("simple", "'houses':2 'the':1")
