"""What a report says in words, in the languages of the page to print."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Claims:
    """What a report proves, and what it does not."""

    proves: str
    does_not_prove: str


@dataclass(frozen=True, kw_only=True)
class Words:
    """All words of a page to print."""

    language: str
    title: str
    signed: Claims
    unsigned: Claims
    not_signed_page: str
    unfinished: str
    proves: str
    does_not_prove: str
    file: str
    name: str
    size: str
    size_bytes: Callable[[int], str]
    media_type: str
    pages: str
    selection: str
    status: str
    statuses: Mapping[str, str]
    uploaded: str
    opened: str
    finished: str
    warning: str
    error: str
    totals: str
    read: str
    failed: str
    waiting: str
    doubted: str
    verified: str
    corrected: str
    cost: str
    tokens: str
    unknown: str
    made: str
    made_at: str
    version: str
    key: str
    no_key: str
    each: str
    page: str
    page_failed: str
    page_waiting: str
    origin: str
    checked: str
    when: str
    text_hash: str
    provenances: Mapping[str, str]
    verifications: Mapping[str, str]
    reasons: Mapping[str, str]
    agreement: Callable[[str], str]
    numbers: str
    doubts: Mapping[str, str]
    earlier: str
    earlier_version: Callable[[int], str]
    how_to_check: str


ENGLISH = Words(
    language="en",
    title="What was read",
    signed=Claims(
        proves="This report is unaltered since the Lector that has the key named here signed it."
        " The original is the file of this size and SHA-256, and the text of each page is the one"
        " with the SHA-256 that stands beside it.",
        does_not_prove="It does not prove that a text is what the page says: by what it was read,"
        " what a second reader says of it and what speaks against it stands beside each page."
        " Whether anything was left out shows by the hash of the original and the count of its"
        " pages, which anybody can check. Nor does it prove when it was made, or who runs that"
        " Lector: times are those of its own clock, and its key must be known from elsewhere.",
    ),
    unsigned=Claims(
        proves="Nothing: this Lector has no key (REPORT_KEY), so the report is not signed.",
        does_not_prove="Anybody may have altered it.",
    ),
    not_signed_page="This page is for people; what is signed is the same report as JSON.",
    unfinished="This file is not finished. Pages and texts may still change, and be added.",
    proves="What the signed report (JSON) proves",
    does_not_prove="What it does not prove",
    file="The original",
    name="Name",
    size="Size",
    size_bytes=lambda size: f"{size:,} bytes",
    media_type="Kind",
    pages="Pages",
    selection="Pages that were asked for",
    status="State",
    statuses={
        "uploaded": "waits to be opened",
        "reading": "is being read",
        "completed": "every page was read",
        "incomplete": "finished, some pages failed",
        "failed": "nothing could be read",
        "cancelled": "somebody stopped it",
    },
    uploaded="Uploaded",
    opened="Opened",
    finished="Finished",
    warning="Warning",
    error="Failure",
    totals="In all",
    read="Read",
    failed="Failed",
    waiting="Not read yet",
    doubted="With a doubt",
    verified="Compared with a second reader",
    corrected="Corrected by a person",
    cost="Cost",
    tokens="Tokens",
    unknown="not known",
    made="This report",
    made_at="Made",
    version="Lector",
    key="Key",
    no_key="none",
    each="Page by page",
    page="Page",
    page_failed="failed",
    page_waiting="not read yet",
    origin="Text from",
    checked="Second reader",
    when="Read",
    text_hash="SHA-256 of the text",
    provenances={
        "model": "a reader",
        "cache": "a reader, of the same image before",
        "blank": "blank page",
        "text_layer": "the document itself",
        "mixed": "the document itself, pictures by a reader",
        "person": "a person's correction",
    },
    verifications={
        "verified": "compared",
        "not_verified": "not compared",
        "not_verifiable": "cannot be judged",
    },
    reasons={
        "switched_off": "switched off",
        "own_prompt": "what was asked for in one's own words may be anything",
        "no_anchor": "no second reader is set up",
        "no_anchor_in_time": "the second reader took too long",
        "anchor_failed": "the second reader failed",
        "language_not_available": "the second reader lacks the language",
        "reader_is_anchor": "there is no other reader than that of the text",
        "anchor_unsure": "the second reader is unsure itself",
        "anchor_has_few_words": "the second reader sees too few words",
    },
    agreement=lambda percent: f"agrees on {percent} % of words",
    numbers="Numbers that differ (here / second reader)",
    doubts={},
    earlier="Before",
    earlier_version=lambda number: f"version {number}",
    how_to_check="To check: save the report as JSON, then run lector report --verify FILE"
    " --key KEY --original DOCUMENT.",
)

SPANISH = Words(
    language="es",
    title="Lo que se leyó",
    signed=Claims(
        proves="Este informe no se ha alterado desde que lo firmó el Lector que tiene la clave"
        " indicada aquí. El original es el archivo de este tamaño y SHA-256, y el texto de cada"
        " página es el que tiene el SHA-256 que figura a su lado.",
        does_not_prove="No demuestra que un texto sea lo que dice la página: junto a cada página"
        " figura con qué se leyó, qué dice un segundo lector y qué habla en su contra. Si se omitió"
        " algo, se ve por el hash del original y el número de sus páginas, que cualquiera puede"
        " comprobar. Tampoco demuestra cuándo se hizo ni quién mantiene ese Lector: las horas son"
        " las de su propio reloj, y su clave debe conocerse por otra vía.",
    ),
    unsigned=Claims(
        proves="Nada: este Lector no tiene clave (REPORT_KEY), así que el informe no está firmado.",
        does_not_prove="Cualquiera puede haberlo alterado.",
    ),
    not_signed_page="Esta página es para personas; lo firmado es el mismo informe como JSON.",
    unfinished="Este archivo no está terminado. Aún pueden cambiar o añadirse páginas y textos.",
    proves="Qué demuestra el informe firmado (JSON)",
    does_not_prove="Qué no demuestra",
    file="El original",
    name="Nombre",
    size="Tamaño",
    size_bytes=lambda size: f"{size:,} bytes".replace(",", "."),
    media_type="Tipo",
    pages="Páginas",
    selection="Páginas pedidas",
    status="Estado",
    statuses={
        "uploaded": "espera a que se abra",
        "reading": "se está leyendo",
        "completed": "se leyeron todas las páginas",
        "incomplete": "terminado, algunas páginas fallaron",
        "failed": "no se pudo leer nada",
        "cancelled": "alguien lo detuvo",
    },
    uploaded="Subido",
    opened="Abierto",
    finished="Terminado",
    warning="Aviso",
    error="Fallo",
    totals="En total",
    read="Leídas",
    failed="Fallidas",
    waiting="Aún sin leer",
    doubted="Con una duda",
    verified="Comparadas con un segundo lector",
    corrected="Corregidas por una persona",
    cost="Coste",
    tokens="Tokens",
    unknown="no se sabe",
    made="Este informe",
    made_at="Hecho",
    version="Lector",
    key="Clave",
    no_key="ninguna",
    each="Página a página",
    page="Página",
    page_failed="fallida",
    page_waiting="aún sin leer",
    origin="Texto de",
    checked="Segundo lector",
    when="Leída",
    text_hash="SHA-256 del texto",
    provenances={
        "model": "un lector",
        "cache": "un lector, de la misma imagen antes",
        "blank": "página en blanco",
        "text_layer": "el propio documento",
        "mixed": "el propio documento, imágenes por un lector",
        "person": "la corrección de una persona",
    },
    verifications={
        "verified": "comparada",
        "not_verified": "sin comparar",
        "not_verifiable": "no se puede juzgar",
    },
    reasons={
        "switched_off": "desactivado",
        "own_prompt": "lo pedido con palabras propias puede ser cualquier cosa",
        "no_anchor": "no hay un segundo lector configurado",
        "no_anchor_in_time": "el segundo lector tardó demasiado",
        "anchor_failed": "el segundo lector falló",
        "language_not_available": "al segundo lector le falta el idioma",
        "reader_is_anchor": "no hay otro lector que el del texto",
        "anchor_unsure": "el segundo lector tampoco está seguro",
        "anchor_has_few_words": "el segundo lector ve muy pocas palabras",
    },
    agreement=lambda percent: f"coincide en el {percent.replace('.', ',')} % de las palabras",
    numbers="Números distintos (aquí / segundo lector)",
    doubts={
        "damaged_content": "El contenido de la página está dañado; puede que falten partes.",
        "drawn_too_coarsely": "La página es demasiado grande para dibujarla con la finura que pide"
        " su letra.",
        "layer_not_trusted": "Se tomó el texto que la página contiene, aunque no parece correcto.",
        "differs_from_layer": "A la respuesta le faltan palabras que la página contiene como texto,"
        " o tiene muchas otras.",
        "answers_refused": "Ninguna respuesta fue aceptable; este es el texto que la página"
        " contiene.",
        "pictures_not_read": "No se pudieron leer imágenes de la página.",
        "nothing_found": "El lector no encontró texto, pero la página no está en blanco.",
        "parts_illegible": "El lector dice que hay partes ilegibles.",
        "low_confidence": "El lector no está seguro de lo que leyó.",
        "print_not_read": "Hay partes de la página que parecen impresas y no se leyeron.",
        "language_not_available": "Al lector le falta el idioma de la página.",
        "words_missing": "Un segundo lector ve palabras que faltan en el texto.",
        "words_invented": "El texto tiene palabras que un segundo lector no ve.",
        "numbers_differ": "Un segundo lector lee otros números.",
        "readers_disagree": "Un segundo lector lee otro texto.",
    },
    earlier="Antes",
    earlier_version=lambda number: f"versión {number}",
    how_to_check="Para comprobarlo: guarda el informe como JSON y ejecuta lector report"
    " --verify ARCHIVO --key CLAVE --original DOCUMENTO.",
)

LANGUAGES: Mapping[str, Words] = {"en": ENGLISH, "es": SPANISH}


def choose(language: str | None, accepted: str | None) -> Words:
    """The words in a language, else in the one that a browser likes best (Accept-Language)."""
    if language is not None:
        return LANGUAGES[language]
    best = max(_weighted(accepted or ""), key=lambda one: one[1], default=("en", 1.0))
    return LANGUAGES[best[0]]


def _weighted(accepted: str) -> list[tuple[str, float]]:
    """The languages of the page that are among those of a header, with what weight."""
    found = []
    for item in accepted.split(","):
        tag, _, parameter = item.strip().partition(";")
        name = tag.partition("-")[0].lower()
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if name in LANGUAGES and 0 < weight <= 1:
            found.append((name, weight))
    return found
