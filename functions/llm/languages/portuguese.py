"""What models and people say in Portuguese."""

from functions.llm.languages.phrases import AFTER_SORRY, UP_TO_FIVE_WORDS, Phrases

_SORRY = (
    r"(?:(?:sinto|lamento) muito|desculp[ae]|lamento|sinto|(?:as "
    r"|minhas )?(?:minhas )?desculpas|peco desculpas?|perdao)"
)
_LEAD = (
    rf"(?:(?:{_SORRY}(?: (?:pelo transtorno|pelo inconveniente|informar"
    rf"|dizer)(?: que)?)?{AFTER_SORRY}|infelizmente,? |no entanto,? |contudo,? "
    r"|mas |porem,? |que |parece que |receio que |temo que |como (?:um |uma )?(?:modelo"
    r"|assistente|inteligencia|ia)[^,.]*, ))*"
)
_CANNOT = (
    r"(?:eu )?nao (?:me )?(?:posso|possa|poderia|poderei|pude|e possivel"
    r"|sou capaz de|estou apt[oa] a|tenho (?:a )?(?:capacidade"
    r"|possibilidade|permissao) (?:de|para)"
    r"|consigo|consegui|conseguirei|devo|estou autorizad[oa] a|foi possivel|da para)"
)
_ACT = (
    r"(?:(?:transcrev|l|v|process|visualiz|acess|aced|analis|extra"
    r"|fornec|identific|reconhec|decifr|complet|cumpr|ajud|auxili"
    r"|atend|interpret"
    r"|distingu|abr|realiz|ger|oferec|detet|detect|descrev|faz)(?:er"
    r"|ir|ar|r)(?:-?(?:lo|la|te|lhe|los|las|o|a))?)"
)
_OBJ = (
    r"(?:,? (?:voce|te|lhe))?(?: (?:com|em|a|nisso|nisto))?(?: (?:isso"
    r"|isto|essa|esta|esse|este|seu|sua|o|a))?(?: (?:solicitacao"
    r"|pedido|tarefa))?"
)
_GIVEN = (
    r"(?:image(?:m|ns)|fotos?|fotografias?|capturas?|digitalizac\w+"
    r"|paginas?|documentos?|arquivos?|ficheiros?|pdf|anexos?|textos?"
    r"|conteudos?|letra|escrita|caligrafia|transcricao|solicitacao"
    r"|pedido)\b"
)
_IMAGE = (
    r"(?:imagem|foto|fotografia|captura(?: de tela)?|pagina|documento"
    r"|arquivo|ficheiro|digitalizacao|pdf)"
)
_THE = r"(?:a|esta|essa|sua|o|este|esse|seu)"
_FAULTY = (
    r"(?:borrad\w+|ileg\w+|desfocad\w+|embacad\w+|(?:muito|demasiado"
    r"|demais|tao) (?:escur\w+|pequen\w+|baix\w+|clar\w+|borrad\w+"
    r"|desfocad\w+)|em branco|vazi[ao]|danificad\w+|corrompid\w+"
    r"|pixelad\w+"
    r"|(?:baixa|pouca|ma) (?:resolucao|qualidade)|completamente (?:pret"
    r"|branc|escur)\w+|nao (?:\w+ ){0,4}?(?:texto|legive\w+|ler"
    r"|palavras?|escrita|nitid\w+|conteudo|suficiente\w*)|sem texto"
    r"|nao (?:foi|tenha sido) (?:carregad|enviad|anexad)a)"
)
_TEXT = (
    r"(?:(?:nenhum|nenhuma|algum|qualquer|o|mais) )?(?:texto|palavras?"
    r"|escrita|conteudo(?: textual)?)"
)
_WHERE = rf"(?:n[ao]|nesta|nessa|neste|nesse|na sua|em sua) {_IMAGE}"
PHRASES = Phrases(
    sorry=_SORRY,
    generic=(
        rf"{_LEAD}{_CANNOT}(?: {_ACT})?{_OBJ}[.!]*$|{_LEAD}{_CANNOT} (?:(?:te"
        r"|lhe|o|a) )?(?:ajudar|auxiliar)\S* (?:com (?:isso|isto|essa"
        r"|este|esse)|nisso|nisto)\b(?: solicitacao| pedido| tarefa)?[.!?,;]"
    ),
    refusals=(
        rf"{_LEAD}{_CANNOT}(?: \w+)? {_ACT}{UP_TO_FIVE_WORDS}{_GIVEN}",
        (
            rf"{_LEAD}{_CANNOT} (?:(?:te|lhe) )?(?:ajudar|auxiliar)\w*\b[^.!?]*?\b(?:{_GIVEN}"
            r"|transcr\w+|ler)"
        ),
        rf"{_LEAD}nao tenho (?:a )?(?:capacidade|acesso|possibilidade)\b.{{0,40}}\b{_GIVEN}",
        rf"{_LEAD}(?:devo|tenho que|preciso) (?:recusar|declinar)\b",
        (
            r"(?:(?:eu )?sou|como) (?:apenas )?(?:um |uma )?(?:modelo de (?:linguagem"
            r"|ia|inteligencia)|assistente (?:de ia|virtual)|ia|inteligencia artificial)\b"
        ),
        (
            rf"{_LEAD}(?:esta solicitacao|este pedido|este conteudo|{_THE} {_IMAGE})"
            r" (?:\w+ ){0,4}?"
            r"(?:infringe|viola|esta protegid\w+ por (?:direitos|copyright))\b"
        ),
    ),
    claims=(
        (
            rf"{_LEAD}(?:por favor,? )?(?:envi|fornec|anex|compartilh|carregu)\w* (?:a"
            rf"|uma|sua|o|um|seu) "
            rf"{_IMAGE}\b[^.!?]{{0,40}}?\b(?:transcrev\w+|transcri\w+|ler|leia|extra\w+)\b"
        ),
        (
            rf"{_LEAD}(?:(?:o texto|a letra|a qualidade|a resolucao|o conteudo"
            r"|a escrita|a caligrafia)(?: \w+)? (?:d[ao]|n[ao]|desta|dessa"
            rf"|nesta|nessa) )?{_THE} {_IMAGE}\b.{{0,80}}?\b{_FAULTY}"
        ),
        (
            rf"{_LEAD}(?:o texto|a letra|a escrita|a caligrafia)\b.{{0,30}}?\b(?:ilegiv\w+"
            r"|borrad\w+|desfocad\w+|nao (?:e|esta) legivel|muito (?:pequen"
            r"|borrad|desfocad)\w+)"
        ),
        rf"{_LEAD}{_THE} {_IMAGE} (?:fornecid|anexad|enviad|compartilhad|carregad)[ao]\b",
        (
            rf"{_LEAD}{_THE} {_IMAGE} que (?:voce )?(?:me )?(?:enviou|forneceu"
            r"|anexou|compartilhou|carregou) (?:e|esta|parece|mostra|contem"
            r"|nao)\b"
        ),
        (
            rf"{_LEAD}nao (?:ha|vejo|encontro|detecto|deteto|existe|observo"
            r"|consigo (?:ver|encontrar|identificar)|se (?:ve|observa)"
            r"|contem|parece (?:haver|conter)|foi (?:encontrado|detectado"
            rf"|identificado)|e possivel (?:ver|identificar)) {_TEXT}\b(?: (?:visivel"
            r"|legivel|reconhecivel|algum|que (?:possa|eu possa|transcrever"
            rf"|ler)|para (?:transcrever|ler|extrair))| {_WHERE}|[.!]*$)"
        ),
        (
            rf"{_LEAD}(?:nao (?:vejo|ha|encontro|recebi|foi (?:anexada?|fornecida?"
            r"|enviada?)|consigo ver)|voce nao (?:anexou|enviou|forneceu)) (?:nenhuma?"
            r"|a|o|uma?) (?:imagem|foto\w*|arquivo|anexo|documento|ficheiro)\b"
        ),
        rf"{_LEAD}nenhuma (?:imagem|foto) foi (?:anexada|fornecida|enviada)\b",
    ),
    empty=(
        rf"(?:{_THE} {_IMAGE}(?: fornecid[ao])? (?:esta (?:completamente "
        r"|totalmente )?(?:em branco|vazi[ao])|nao (?:contem|tem|mostra"
        r"|apresenta|possui) (?:nenhum |qualquer )?texto(?: (?:visivel"
        r"|algum))?)"
        r"|nao (?:ha|existe|se ve) (?:nenhum |qualquer )?texto(?: (?:visivel"
        rf"|algum))?(?: {_WHERE})?)[.!]*"
    ),
    hedges=r"\b(?:parece|possa|pode|legivel)\b",
    description=(
        r"(?:a|esta) (?:imagem|foto|fotografia) (?:mostra|e|contem|apresenta"
        r"|retrata) (?:uma?|dois|duas|varios|varias) "
    ),
    courtesy=(
        r"(?:por favor,? )?(?:se (?:precisar|quiser|desejar|tiver)"
        r"|me avise|avise-me|fique a vontade|posso ajudar|ha mais alg"
        r"|espero (?:ter|que)|precisa de mais|gostaria que eu|quer que eu)"
    ),
    speaking=r"eu|nos|noss\w+|meu|minha|me|lhe|voce|prezad\w+|querid\w+|ola",
)
