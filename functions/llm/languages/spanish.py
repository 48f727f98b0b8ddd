"""What models and people say in Spanish."""

from functions.llm.languages.phrases import AFTER_SORRY, UP_TO_FIVE_WORDS, Phrases

_SORRY = (
    r"(?:lo siento(?: mucho)?|lo lamento(?: mucho)?|lamento(?: mucho)?"
    r"|perdon[ae]?|disculp[ae]|mis disculpas"
    r"|(?:te |le )?pido disculpas|me disculpo|una disculpa)"
)
_LEAD = (
    rf"(?:(?:{_SORRY}(?: (?:las molestias|la confusion|decir(?:te"
    rf"|le)?|informar(?:te|le)?|comunicar(?:te|le)?)(?: que)?)?{AFTER_SORRY}"
    r"|lamentablemente,? |desafortunadamente,? |desgraciadamente,? "
    r"|por desgracia,? |sin embargo,? |pero |que |parece que |me temo que |como (?:modelo"
    r"|asistente|inteligencia|ia)[^,.]*, ))*"
)
_CANNOT = (
    r"no (?:me )?(?:puedo|podria|podre|pude|he podido|es posible"
    r"|resulta posible|soy capaz de|estoy en condiciones de"
    r"|tengo (?:la )?(?:capacidad|posibilidad) (?:de|para)|logro"
    r"|consigo|debo|estoy autorizado a|estoy capacitado para|se puede)"
)
_ACT = (
    r"(?:(?:transcrib|le|v|proces|visualiz|acced|analiz|extra|proporcion"
    r"|identific|reconoc|descifr|complet|cumpl|ayud|asist|interpret"
    r"|distingu|abr|realiz|gener|ofrec|detect|describ|hac|atend)(?:er"
    r"|ir|ar|r)(?:lo|la|le|te|los|las|les|se)*)"
)
_OBJ = (
    r"(?:,? (?:con|en|a|de))?(?: (?:eso|esto|ello|esa|esta|ese"
    r"|este|su|tu|la))?(?: (?:solicitud|peticion|tarea|pedido))?"
)
_GIVEN = (
    r"(?:imagen(?:es)?|fotos?|fotografias?|capturas?|escaneos?"
    r"|paginas?|documentos?|archivos?|pdf|adjuntos?|textos?|contenidos?"
    r"|letra|escritura|transcripcion|solicitud|peticion)\b"
)
_IMAGE = r"(?:imagen|foto|fotografia|captura(?: de pantalla)?|pagina|documento|archivo|escaneo|pdf)"
_THE = r"(?:la|esta|tu|su|el|este)"
_FAULTY = (
    r"(?:borros\w+|ilegib\w+|desenfocad\w+|(?:demasiado|muy) (?:oscur\w+"
    r"|pequen\w+|baj\w+|clar\w+)|en blanco|vaci[ao]|danad\w+|corrupt\w+"
    r"|pixelad\w+"
    r"|(?:baja|poca|mala) (?:resolucion|calidad)|completamente (?:negr"
    r"|blanc|oscur)\w+|no (?:\w+ ){0,4}?(?:texto|legible|leer|palabras?"
    r"|escritura|nitid\w+|contenido|se lee|suficiente\w*)|sin texto"
    r"|no (?:se )?(?:ha|haya) (?:cargad|subid|adjuntad)o)"
)
_TEXT = (
    r"(?:(?:ningun|ninguna|algun|mas|el|otro) )?(?:texto|palabras?"
    r"|escritura|contenido(?: textual)?)"
)
_WHERE = rf"(?:en|dentro de) {_THE} {_IMAGE}"
PHRASES = Phrases(
    sorry=_SORRY,
    generic=(
        rf"{_LEAD}{_CANNOT}(?: {_ACT})?{_OBJ}[.!]*$|{_LEAD}{_CANNOT} (?:ayudar"
        r"|asistir)\w* (?:con|en) (?:eso|esto|ello|esa|esta)\b(?: solicitud"
        r"| peticion| tarea)?[.!?,;]"
    ),
    refusals=(
        rf"{_LEAD}{_CANNOT}(?: \w+)? {_ACT}{UP_TO_FIVE_WORDS}{_GIVEN}",
        rf"{_LEAD}{_CANNOT} (?:ayudar|asistir)\w*\b[^.!?]*?\b(?:{_GIVEN}|transcri\w+|leer)",
        rf"{_LEAD}no tengo (?:la )?(?:capacidad|acceso|posibilidad)\b.{{0,40}}\b{_GIVEN}",
        rf"{_LEAD}(?:debo|tengo que) (?:rechazar|declinar)\b",
        (
            r"(?:soy|como) (?:solo )?(?:un |una )?(?:modelo de (?:lenguaje"
            r"|ia|inteligencia)|asistente (?:de ia|virtual|de inteligencia)"
            r"|ia|inteligencia artificial)\b"
        ),
        (
            rf"{_LEAD}(?:esta solicitud|este contenido|{_THE} {_IMAGE}) (?:\w+ ){{0,4}}?"
            r"(?:infringe|viola|va en contra|esta protegid\w+ por (?:derechos"
            r"|copyright))\b"
        ),
    ),
    claims=(
        (
            rf"{_LEAD}(?:por favor,? )?(?:proporcion|sub|envi|adjunt|compart)\w* (?:la"
            rf"|una|tu|el|un|su) "
            rf"{_IMAGE}\b[^.!?]{{0,40}}?\b(?:transcri\w+|leer|lea|extraer|extraiga)\b"
        ),
        (
            rf"{_LEAD}(?:(?:el texto|la letra|la calidad|la resolucion|el contenido"
            rf"|la escritura)(?: \w+)? (?:de|en) )?{_THE} {_IMAGE}\b.{{0,80}}?\b{_FAULTY}"
        ),
        (
            rf"{_LEAD}(?:el texto|la letra|la escritura)\b.{{0,30}}?\b(?:ilegib\w+"
            r"|borros\w+|no (?:es|resulta) legible|demasiado (?:pequen"
            r"|borros)\w+)"
        ),
        (
            rf"{_LEAD}{_THE} {_IMAGE} (?:proporcionad|adjunt|subid|enviad|compartid"
            r"|suministrad)[ao]\b"
        ),
        (
            rf"{_LEAD}{_THE} {_IMAGE} que (?:me )?(?:has|ha|ha usted) (?:proporcionado"
            r"|adjuntado|subido|enviado|compartido) (?:es|esta|parece|muestra"
            r"|contiene|no)\b"
        ),
        (
            rf"{_LEAD}no (?:hay|veo|encuentro|detecto|aprecio|observo|distingo"
            r"|se (?:ven?|aprecian?|observan?|detectan?|detecto|encuentran?"
            r"|encontro|distinguen?)|contiene|parece (?:haber|contener)"
            rf"|puedo ver|existe|aparece) {_TEXT}\b(?: (?:visible|legible"
            r"|reconocible|alguno|discernible|que (?:pueda|se pueda|transcribir"
            rf"|leer|extraer)|para (?:transcribir|leer|extraer))| {_WHERE}"
            r"|[.!]*$)"
        ),
        (
            rf"{_LEAD}no (?:veo|hay|encuentro|recibi|he recibido|se ha (?:adjuntado"
            r"|proporcionado|subido)|has (?:adjuntado|subido|proporcionado)"
            r"|ha (?:adjuntado|subido|proporcionado)) (?:ninguna?|la|una?) (?:imagen"
            r"|foto\w*|archivo|adjunto|documento)\b"
        ),
    ),
    empty=(
        rf"(?:{_THE} {_IMAGE}(?: proporcionad[ao])? (?:esta (?:completamente "
        r"|totalmente )?(?:en blanco|vaci[ao])|no (?:contiene|tiene"
        r"|muestra|incluye) (?:ningun )?texto(?: (?:visible|alguno))?)"
        r"|no (?:hay|se ve|aparece|existe) (?:ningun )?texto(?: (?:visible"
        rf"|alguno))?(?: {_WHERE})?)[.!]*"
    ),
    hedges=r"\b(?:parece|pareceria|pueda|puede|legible)\b",
    description=(
        r"(?:la|esta) (?:imagen|foto|fotografia) (?:muestra|es|contiene|presenta"
        r"|representa) (?:una?|dos|varios|varias) "
    ),
    courtesy=(
        r"(?:por favor,? )?(?:avisame|hazme saber|hagame saber|dime si"
        r"|si (?:necesitas?|quieres|deseas?|tienes)|espero que (?:esto"
        r"|te|le|sea|la)|no dudes|hay algo mas|¿?(?:quieres|necesitas"
        r"|hay algo|te gustaria))"
    ),
    speaking=r"yo|nosotros|nuestr\w+|mi|mis|nos|me|le|les|usted|ustedes|estimad\w+|querid\w+|hola",
)
