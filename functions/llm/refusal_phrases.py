"""How models refuse to read a page, and what they say of its image, as patterns for folded sentences.

Each pattern matches from the beginning of a sentence (`words.fold`). Where a letter or a book could
say the same, a pattern asks for what a model was given: an image, a page, its text.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """Those of one language.

    `sorry` is an apology; `generic` refuses without saying what; `refusals` name what a model was
    given; `claims` are about the image. `empty` says plainly, as all of a sentence, that there is no
    text, and `hedges` take from it that it is plain.
    """

    sorry: str
    generic: str
    refusals: tuple[str, ...]
    claims: tuple[str, ...]
    empty: str
    hedges: str


_UP_TO_FIVE = r"(?:[^\w.!?]+\w+){0,5}?[^\w.!?]+"
_NEXT = r"(?:[ ,.;:!—–-]+(?:but |however,? |pero |sin embargo,? |mas |porem,? |mais |cependant,? |aber |jedoch |ma |tuttavia,? )?)"


def _english() -> Phrases:
    sorry = (
        r"(?:(?:i'?m|i am|we are|we're) (?:(?:very|so|really|truly|terribly) )?sorry|sorry"
        r"|i (?:sincerely )?apologi[sz]e|(?:my )?(?:sincere )?apologies|i regret to say)"
    )
    lead = rf"(?:(?:{sorry}{_NEXT}|unfortunately,? |regrettably,? |however,? |but |it (?:appears|seems|looks)(?: like)?(?: that)? |as an? [^,.]*\b(?:ai|model|assistant)\b[^,.]*, ))*"
    cannot = (
        r"(?:i(?:'m| am) (?:currently |still |really |just )?(?:unable to|not (?:able|allowed|permitted) to|incapable of|not capable of)"
        r"|i (?:cannot|can't|can not|could not|couldn't|won't be able to|will not|won't|do not have the (?:ability|capability|means) to|don't have the (?:ability|capability|means) to|must decline to|have to decline to))"
    )
    act = (
        r"(?:(?:fully|accurately|reliably|clearly|properly|directly|actually|confidently) )?"
        r"(?:transcribe|transcribing|read|reading|process|view|see|access|analy[sz]e|extract|provide|identify|recogni[sz]e|make out"
        r"|discern|detect|interpret|determine|decipher|open|perform|describe|complete|fulfill?|comply|assist|help(?! (?:but|myself|\w+ing)\b))"
    )
    obj = r"(?: you)?(?: with)?(?: (?:that|this|it|so|your|the))?(?: (?:request|task|one))?"
    given = (
        r"(?:image|picture|photo|photograph|screenshot|scan|page|document|file|pdf|attachment|text"
        r"|content|handwriting|material|request|transcription|assistance)s?\b"
    )
    image = r"(?:image|picture|photo|photograph|screenshot|scan|page|document|file|pdf)"
    faulty = (
        r"(?:blur\w*|unclear|illegib\w*|not (?:clear|legible|readable|visible)|unreadab\w*|resolution|transcri\w*|declin\w*|copyright\w*"
        r"|corrupt\w*|blank|empty|(?:completely|entirely|solid|all|too) (?:black|white|dark|small|low|faint)|no (?:\w+ ){0,3}?(?:text|words|writing|content)|out of focus|pixelated"
        r"|cannot be (?:read|transcribed|processed|opened)|(?:does not|doesn't|didn't) (?:\w+ ){0,4}?(?:text|words|writing|content|load|open))"
    )
    text = r"(?:(?:visible|readable|legible|discernible|recogni[sz]able|clear|actual|printed|written|handwritten|textual|identifiable|or) ){0,4}(?:text|words?|writing|characters|content)"
    where = rf"(?:in|on|within|from) (?:the|this|your)(?: \w+)? {image}"
    reading = (
        r"(?:blur|unclear|illegib|legib|unreadab|readab|visib|resolution|see\b|read\b|transcri|process"
        r"|view|detect|recogni|upload|attach|provided|available|declin|copyright|corrupt|blank|empty"
        r"|ability|ai\b)"
    )
    return Phrases(
        sorry=sorry,
        generic=rf"{lead}{cannot}(?: (?:do|{act}))?{obj}[.!]*$|{lead}i (?:cannot|can't) (?:help|assist) (?:you )?with (?:that|this|it)(?:[.!?,;]|$)",
        refusals=(
            rf"{lead}{cannot} {act}{_UP_TO_FIVE}{given}",
            rf"{lead}{cannot} (?:help|assist)(?: you)? with [^.!?]*?\b{given}",
            rf"{sorry}\b.{{0,80}}?\b{cannot} {act}\b[^.!?]*?\b{given}",
            rf"{sorry}(?:[,.;:!—–-]| [—–-]| but\b)(?=.{{0,160}}\b{given}).{{0,160}}\b{reading}",
            rf"{lead}i (?:do not|don't) have (?:the )?(?:ability|capability|access)\b.{{0,40}}\b{given}",
            rf"{lead}i (?:must|have to|need to) decline\b",
            rf"{lead}as an? [^,.]{{0,40}}\b(?:language model|ai model|ai assistant|ai)\b,? i\b",
            r"i(?:'m| am) (?:just |only )?an? (?:text-based |large )?(?:ai|language) (?:language )?(?:model|assistant)\b",
            rf"{lead}(?:this|your|the) (?:request|content|{image}) (?:\w+ ){{0,4}}?(?:violates?|goes against|is protected by copyright|is against)\b",
        ),
        claims=(
            rf"{lead}(?:the|this|your|that)(?: \w+)? (?:(?:text|writing|handwriting|quality|resolution|content)(?: \w+)? (?:in|on|of) (?:the|this|your)(?: \w+)? )?{image}\b.{{0,80}}?\b{faulty}",
            rf"{lead}(?:the|this) (?:text|writing|handwriting)\b.{{0,30}}?\b(?:too (?:blurry|small|faint)|illegible|unreadable|not (?:legible|readable|clear))",
            rf"{lead}(?:the|this) (?:provided|uploaded|attached|given|supplied|submitted|shared) {image}\b",
            rf"{lead}(?:the|this) {image} (?:that )?you(?:'ve| have)? (?:provided|uploaded|attached|shared|sent|submitted)(?: me)? (?:is|appears|seems|shows|contains|does|doesn't|looks)\b",
            rf"{lead}(?:there (?:is|are|appears to be|seems to be)|i (?:can |could )?(?:see|find|detect)|it contains) (?:no|not any) {text}\b(?: (?:is |to be )?(?:visible|present|legible|found|detected|available|to (?:transcribe|read|extract)|that (?:i )?can)| {where}|[.!]*$)",
            rf"{lead}no {text} (?:is|are|was|were|can be|could be|found|visible|detected|present|available|appears?)?\b.{{0,30}}?(?:visible|present|found|detected|{where}|transcribed|identified|extracted)\b",
            rf"{lead}no {text}[.!]*$",
            rf"{lead}i (?:do not|don't|cannot|can't|could not|couldn't|did not|didn't|am unable to) (?:see|find|detect|identify|make out|discern|locate) any {text}\b",
            rf"{lead}i (?:do not|don't|cannot|can't) see (?:any|an|the|your)(?: \w+)? (?:image|picture|photo|attachment|file)\b",
            rf"{lead}(?:there is |there's )?no (?:image|picture|photo|file|attachment)s? (?:was|were|is|has been|have been|attached|provided|uploaded|included)\b",
            rf"{lead}you(?:'ve| have)? ?(?:haven't|have not|didn't|did not|forgot) ?(?:to )?(?:attach|upload|provid|includ)\w* (?:an|any|the|your)? ?{image}\b",
            rf"{lead}(?:a |an )?(?:completely |entirely )?(?:blank|black|empty|white) {image} (?:with|without|containing)\b",
        ),
        empty=(
            rf"(?:(?:the|this)(?: (?:provided|uploaded|attached|given))? {image} (?:is|was)(?: (?:completely|entirely|totally|just|simply))? (?:blank|empty)"
            rf"|(?:the|this)(?: (?:provided|uploaded|attached|given))? {image} (?:contains|has|shows|includes) no (?:visible |printed |written )?(?:text|words|writing|content)(?: (?:at all|or (?:other )?content))?"
            rf"|(?:the|this)(?: (?:provided|uploaded|attached|given))? {image} (?:does not|doesn't) (?:contain|have|show|include) any (?:visible |printed |written )?(?:text|words|writing)"
            rf"|there (?:is|'s) no (?:visible |printed |written )?(?:text|writing)(?: (?:visible|present))?(?: {where})?(?: (?:at all|you (?:have )?(?:provided|uploaded)))?"
            rf"|no (?:visible |printed |written )?text(?: (?:is|was))?(?: (?:visible|present|found|detected))?(?: {where})?)[.!]*"
        ),
        hedges=r"\b(?:appears?|seems?|looks|can be|could be|legible|readable)\b",
    )


def _spanish() -> Phrases:
    sorry = (
        r"(?:lo siento(?: mucho)?|lo lamento(?: mucho)?|lamento(?: mucho)?|perdon[ae]?|disculp[ae]|mis disculpas"
        r"|(?:te |le )?pido disculpas|me disculpo|una disculpa)"
    )
    lead = rf"(?:(?:{sorry}(?: (?:las molestias|la confusion|decir(?:te|le)?|informar(?:te|le)?|comunicar(?:te|le)?)(?: que)?)?{_NEXT}|lamentablemente,? |desafortunadamente,? |desgraciadamente,? |por desgracia,? |sin embargo,? |pero |que |parece que |como (?:modelo|asistente|inteligencia|ia)[^,.]*, ))*"
    cannot = (
        r"no (?:me )?(?:puedo|podria|podre|pude|he podido|es posible|resulta posible|soy capaz de|estoy en condiciones de"
        r"|tengo (?:la )?(?:capacidad|posibilidad) (?:de|para)|logro|consigo|debo|estoy autorizado a|estoy capacitado para|se puede)"
    )
    act = (
        r"(?:(?:transcrib|le|v|proces|visualiz|acced|analiz|extra|proporcion|identific|reconoc|descifr|complet|cumpl|ayud|asist|interpret"
        r"|distingu|abr|realiz|gener|ofrec|detect|describ|hac|atend)(?:er|ir|ar|r)(?:lo|la|le|te|los|las|les|se)*)"
    )
    obj = r"(?:,? (?:con|en|a|de))?(?: (?:eso|esto|ello|esa|esta|ese|este|su|tu|la))?(?: (?:solicitud|peticion|tarea|pedido))?"
    given = r"(?:imagen(?:es)?|fotos?|fotografias?|capturas?|escaneos?|paginas?|documentos?|archivos?|pdf|adjuntos?|textos?|contenidos?|letra|escritura|transcripcion|solicitud|peticion)\b"
    image = (
        r"(?:imagen|foto|fotografia|captura(?: de pantalla)?|pagina|documento|archivo|escaneo|pdf)"
    )
    the = r"(?:la|esta|tu|su|el|este)"
    faulty = (
        r"(?:borros\w+|ilegib\w+|desenfocad\w+|(?:demasiado|muy) (?:oscur\w+|pequen\w+|baj\w+|clar\w+)|en blanco|vaci[ao]|danad\w+|corrupt\w+|pixelad\w+"
        r"|(?:baja|poca|mala) (?:resolucion|calidad)|completamente (?:negr|blanc|oscur)\w+|no (?:\w+ ){0,4}?(?:texto|legible|leer|palabras?|escritura|nitid\w+|contenido|se lee|suficiente\w*)|sin texto)"
    )
    text = r"(?:(?:ningun|ninguna|algun|mas|el|otro) )?(?:texto|palabras?|escritura|contenido(?: textual)?)"
    where = rf"(?:en|dentro de) {the} {image}"
    return Phrases(
        sorry=sorry,
        generic=rf"{lead}{cannot}(?: {act})?{obj}[.!]*$|{lead}{cannot} (?:ayudar|asistir)\w* (?:con|en) (?:eso|esto|ello|esa|esta)\b(?: solicitud| peticion| tarea)?[.!?,;]",
        refusals=(
            rf"{lead}{cannot}(?: \w+)? {act}{_UP_TO_FIVE}{given}",
            rf"{lead}{cannot} (?:ayudar|asistir)\w*\b[^.!?]*?\b(?:{given}|transcri\w+|leer)",
            rf"{lead}no tengo (?:la )?(?:capacidad|acceso|posibilidad)\b.{{0,40}}\b{given}",
            rf"{lead}(?:debo|tengo que) (?:rechazar|declinar)\b",
            r"(?:soy|como) (?:solo )?(?:un |una )?(?:modelo de (?:lenguaje|ia|inteligencia)|asistente (?:de ia|virtual|de inteligencia)|ia|inteligencia artificial)\b",
            rf"{lead}(?:esta solicitud|este contenido|{the} {image}) (?:\w+ ){{0,4}}?(?:infringe|viola|va en contra|esta protegid\w+ por (?:derechos|copyright))\b",
        ),
        claims=(
            rf"{lead}(?:(?:el texto|la letra|la calidad|la resolucion|el contenido|la escritura)(?: \w+)? (?:de|en) )?{the} {image}\b.{{0,80}}?\b{faulty}",
            rf"{lead}(?:el texto|la letra|la escritura)\b.{{0,30}}?\b(?:ilegib\w+|borros\w+|no (?:es|resulta) legible|demasiado (?:pequen|borros)\w+)",
            rf"{lead}{the} {image} (?:proporcionad|adjunt|subid|enviad|compartid|suministrad)[ao]\b",
            rf"{lead}{the} {image} que (?:me )?(?:has|ha|ha usted) (?:proporcionado|adjuntado|subido|enviado|compartido) (?:es|esta|parece|muestra|contiene|no)\b",
            rf"{lead}no (?:hay|veo|encuentro|detecto|aprecio|observo|distingo|se (?:ven?|aprecian?|observan?|detectan?|detecto|encuentran?|encontro|distinguen?)|contiene|parece (?:haber|contener)|puedo ver|existe|aparece) {text}\b(?: (?:visible|legible|reconocible|alguno|discernible|que (?:pueda|se pueda|transcribir|leer|extraer)|para (?:transcribir|leer|extraer))| {where}|[.!]*$)",
            rf"{lead}no (?:veo|hay|encuentro|recibi|he recibido|se ha (?:adjuntado|proporcionado|subido)|has (?:adjuntado|subido|proporcionado)|ha (?:adjuntado|subido|proporcionado)) (?:ninguna?|la|una?) (?:imagen|foto\w*|archivo|adjunto|documento)\b",
        ),
        empty=(
            rf"(?:{the} {image}(?: proporcionad[ao])? (?:esta (?:completamente |totalmente )?(?:en blanco|vaci[ao])|no (?:contiene|tiene|muestra|incluye) (?:ningun )?texto(?: (?:visible|alguno))?)"
            rf"|no (?:hay|se ve|aparece|existe) (?:ningun )?texto(?: (?:visible|alguno))?(?: {where})?)[.!]*"
        ),
        hedges=r"\b(?:parece|pareceria|pueda|puede|legible)\b",
    )


def _portuguese() -> Phrases:
    sorry = r"(?:(?:sinto|lamento) muito|desculp[ae]|lamento|sinto|(?:as |minhas )?(?:minhas )?desculpas|peco desculpas?|perdao)"
    lead = rf"(?:(?:{sorry}(?: (?:pelo transtorno|pelo inconveniente|informar|dizer)(?: que)?)?{_NEXT}|infelizmente,? |no entanto,? |contudo,? |mas |porem,? |que |parece que |como (?:um |uma )?(?:modelo|assistente|inteligencia|ia)[^,.]*, ))*"
    cannot = (
        r"(?:eu )?nao (?:me )?(?:posso|poderia|poderei|pude|e possivel|sou capaz de|estou apt[oa] a|tenho (?:a )?(?:capacidade|possibilidade|permissao) (?:de|para)"
        r"|consigo|consegui|conseguirei|devo|estou autorizad[oa] a|foi possivel|da para)"
    )
    act = (
        r"(?:(?:transcrev|l|v|process|visualiz|acess|aced|analis|extra|fornec|identific|reconhec|decifr|complet|cumpr|ajud|auxili|atend|interpret"
        r"|distingu|abr|realiz|ger|oferec|detet|detect|descrev|faz)(?:er|ir|ar|r)(?:-?(?:lo|la|te|lhe|los|las|o|a))?)"
    )
    obj = r"(?:,? (?:voce|te|lhe))?(?: (?:com|em|a|nisso|nisto))?(?: (?:isso|isto|essa|esta|esse|este|seu|sua|o|a))?(?: (?:solicitacao|pedido|tarefa))?"
    given = r"(?:image(?:m|ns)|fotos?|fotografias?|capturas?|digitalizac\w+|paginas?|documentos?|arquivos?|ficheiros?|pdf|anexos?|textos?|conteudos?|letra|escrita|caligrafia|transcricao|solicitacao|pedido)\b"
    image = r"(?:imagem|foto|fotografia|captura(?: de tela)?|pagina|documento|arquivo|ficheiro|digitalizacao|pdf)"
    the = r"(?:a|esta|essa|sua|o|este|esse|seu)"
    faulty = (
        r"(?:borrad\w+|ileg\w+|desfocad\w+|embacad\w+|(?:muito|demasiado|demais|tao) (?:escur\w+|pequen\w+|baix\w+|clar\w+|borrad\w+|desfocad\w+)|em branco|vazi[ao]|danificad\w+|corrompid\w+|pixelad\w+"
        r"|(?:baixa|pouca|ma) (?:resolucao|qualidade)|completamente (?:pret|branc|escur)\w+|nao (?:\w+ ){0,4}?(?:texto|legive\w+|ler|palavras?|escrita|nitid\w+|conteudo|suficiente\w*)|sem texto)"
    )
    text = r"(?:(?:nenhum|nenhuma|algum|qualquer|o|mais) )?(?:texto|palavras?|escrita|conteudo(?: textual)?)"
    where = rf"(?:n[ao]|nesta|nessa|neste|nesse|na sua|em sua) {image}"
    return Phrases(
        sorry=sorry,
        generic=rf"{lead}{cannot}(?: {act})?{obj}[.!]*$|{lead}{cannot} (?:(?:te|lhe|o|a) )?(?:ajudar|auxiliar)\S* (?:com (?:isso|isto|essa|este|esse)|nisso|nisto)\b(?: solicitacao| pedido| tarefa)?[.!?,;]",
        refusals=(
            rf"{lead}{cannot}(?: \w+)? {act}{_UP_TO_FIVE}{given}",
            rf"{lead}{cannot} (?:(?:te|lhe) )?(?:ajudar|auxiliar)\w*\b[^.!?]*?\b(?:{given}|transcr\w+|ler)",
            rf"{lead}nao tenho (?:a )?(?:capacidade|acesso|possibilidade)\b.{{0,40}}\b{given}",
            rf"{lead}(?:devo|tenho que|preciso) (?:recusar|declinar)\b",
            r"(?:(?:eu )?sou|como) (?:apenas )?(?:um |uma )?(?:modelo de (?:linguagem|ia|inteligencia)|assistente (?:de ia|virtual)|ia|inteligencia artificial)\b",
            rf"{lead}(?:esta solicitacao|este pedido|este conteudo|{the} {image}) (?:\w+ ){{0,4}}?(?:infringe|viola|esta protegid\w+ por (?:direitos|copyright))\b",
        ),
        claims=(
            rf"{lead}(?:(?:o texto|a letra|a qualidade|a resolucao|o conteudo|a escrita|a caligrafia)(?: \w+)? (?:d[ao]|n[ao]|desta|dessa|nesta|nessa) )?{the} {image}\b.{{0,80}}?\b{faulty}",
            rf"{lead}(?:o texto|a letra|a escrita|a caligrafia)\b.{{0,30}}?\b(?:ilegiv\w+|borrad\w+|desfocad\w+|nao (?:e|esta) legivel|muito (?:pequen|borrad|desfocad)\w+)",
            rf"{lead}{the} {image} (?:fornecid|anexad|enviad|compartilhad|carregad)[ao]\b",
            rf"{lead}{the} {image} que (?:voce )?(?:me )?(?:enviou|forneceu|anexou|compartilhou|carregou) (?:e|esta|parece|mostra|contem|nao)\b",
            rf"{lead}nao (?:ha|vejo|encontro|detecto|deteto|existe|observo|consigo (?:ver|encontrar|identificar)|se (?:ve|observa)|contem|parece (?:haver|conter)|foi (?:encontrado|detectado|identificado)|e possivel (?:ver|identificar)) {text}\b(?: (?:visivel|legivel|reconhecivel|algum|que (?:possa|eu possa|transcrever|ler)|para (?:transcrever|ler|extrair))| {where}|[.!]*$)",
            rf"{lead}(?:nao (?:vejo|ha|encontro|recebi|foi (?:anexada?|fornecida?|enviada?)|consigo ver)|voce nao (?:anexou|enviou|forneceu)) (?:nenhuma?|a|o|uma?) (?:imagem|foto\w*|arquivo|anexo|documento|ficheiro)\b",
            rf"{lead}nenhuma (?:imagem|foto) foi (?:anexada|fornecida|enviada)\b",
        ),
        empty=(
            rf"(?:{the} {image}(?: fornecid[ao])? (?:esta (?:completamente |totalmente )?(?:em branco|vazi[ao])|nao (?:contem|tem|mostra|apresenta|possui) (?:nenhum |qualquer )?texto(?: (?:visivel|algum))?)"
            rf"|nao (?:ha|existe|se ve) (?:nenhum |qualquer )?texto(?: (?:visivel|algum))?(?: {where})?)[.!]*"
        ),
        hedges=r"\b(?:parece|possa|pode|legivel)\b",
    )


def _french() -> Phrases:
    sorry = (
        r"(?:(?:je suis|nous sommes) (?:vraiment |sincerement |tres )?(?:desolee?s?|navree?s?)|desolee?|navree?|(?:veuillez m'|je m')?excuse[zr]?(?:-moi)?|toutes mes excuses"
        r"|je vous prie de m'excuser|(?:je )?regrette|pardon)"
    )
    lead = rf"(?:(?:{sorry}{_NEXT}|malheureusement,? |cependant,? |toutefois,? |mais |il semble que |on dirait que |en tant qu[e'] ?(?:\w+ )?(?:modele|assistant|ia|intelligence)[^,.]*, ))*"
    cannot = (
        r"(?:je ne (?:peux|pourrai|pourrais|puis|parviens|suis|reussis|arrive|sais)(?: malheureusement)? ?(?:pas|donc pas|plus)?(?: (?:a|capable (?:de |d')|en mesure (?:de |d')|autorisee? a|apte a))?"
        r"|je n'(?:arrive pas a|ai pas (?:pu|la (?:capacite|possibilite) (?:de |d')|reussi a|ete en mesure (?:de |d')))"
        r"|il (?:ne )?m'est (?:pas possible|impossible) (?:de |d')|je suis (?:malheureusement )?(?:dans l'incapacite|incapable) (?:de |d')|(?:il est|il m'est) impossible (?:de |d')|impossible (?:de |d'))"
    )
    act = (
        r"(?:(?:vous |t'|te |y |l'|le |la |les |en )?(?:transcrire|lire|voir|traiter|visualiser|acceder|analyser|extraire|fournir|identifier|reconnaitre|dechiffrer|completer|repondre"
        r"|aider|assister|interpreter|distinguer|ouvrir|realiser|generer|proposer|detecter|decrire|faire|effectuer|satisfaire))"
    )
    obj = r"(?:,? (?:a|avec|dans|sur|pour))?(?: (?:ce|cette|cela|ca|celle-ci|votre|la|ceci))?(?: (?:demande|requete|tache))?"
    given = r"(?:images?|photos?|photographies?|captures?|numerisations?|pages?|documents?|fichiers?|pdf|pieces? jointes?|textes?|contenus?|ecriture|transcription|demande|requete)\b"
    image = r"(?:image|photo|photographie|capture(?: d'ecran)?|page|document|fichier|numerisation|scan|pdf)"
    the = r"(?:l'|la |le |cette |ce |votre )"
    faulty = (
        r"(?:flou\w*|illisib\w+|trop (?:sombre|petit\w*|bas\w*|clair\w*|flou\w*|pixellis\w+)|blanche?|vide|vierge|endommag\w+|corrompu\w*|pixelis\w+|pixellis\w+"
        r"|(?:basse|faible|mauvaise) (?:resolution|qualite)|(?:entierement|completement) (?:noir|blanc|sombre)\w*|pas (?:\w+ ){0,4}?(?:texte|lisibles?|nette?|mots?|contenu|suffisa\w+)"
        r"|aucun (?:\w+ )?(?:texte|mot|contenu)|ne (?:peut|peuvent) (?:pas )?etre (?:lu|transcri)\w*)"
    )
    text = r"(?:(?:aucun|de|d'autre|le) )?(?:texte|mots?|ecriture|contenu(?: textuel)?)"
    where = rf"(?:dans|sur) {the}{image}"
    return Phrases(
        sorry=sorry,
        generic=rf"{lead}{cannot} ?{act}?{obj}[.!]*$|{lead}{cannot} ?(?:vous |t')?(?:aider|assister) (?:avec (?:cela|ca|cette|ceci)|a ce|dans cette)\b(?: demande| requete| tache)?[.!?,;]",
        refusals=(
            rf"{lead}{cannot} ?(?:\w+ )?{act}{_UP_TO_FIVE}(?:\w')?{given}",
            rf"{lead}{cannot} ?(?:vous |t')?(?:aider|assister)\b[^.!?]*?\b(?:{given}|transcri\w+|lire)",
            rf"{lead}je n'ai pas (?:la capacite|acces|la possibilite)\b.{{0,40}}\b{given}",
            rf"{lead}je (?:dois|me vois contrainte? de) (?:refuser|decliner)\b",
            r"(?:je (?:ne )?suis (?:qu')?|en tant qu[e'] ?)(?:une? )?(?:modele (?:de langage|linguistique|d'ia)|assistant (?:d'ia|ia|virtuel)|ia|intelligence artificielle)\b",
            rf"{lead}(?:cette demande|ce contenu|{the}{image}) (?:\w+ ){{0,4}}?(?:enfreint|viole|est protegee? par (?:le droit|des droits|copyright))\b",
        ),
        claims=(
            rf"{lead}(?:(?:le texte|l'ecriture|la qualite|la resolution|le contenu)(?: \w+)? (?:de |sur |dans |du ))?{the}{image}\b.{{0,80}}?\b{faulty}",
            rf"{lead}(?:le texte|l'ecriture)\b.{{0,30}}?\b(?:illisible|flou\w*|pas lisible|trop (?:petit|flou)\w*)",
            rf"{lead}{the}{image} (?:fourni|joint|envoye|televerse|telecharge|partage)e?\b",
            rf"{lead}{the}{image} que (?:vous avez|tu as|vous m'avez|tu m'as) (?:fourni|joint|envoye|televerse|telecharge|partage)e? (?:est|semble|montre|contient|ne)\b",
            rf"{lead}(?:il n'y a|je ne (?:vois|trouve|detecte|distingue|peux voir|parviens a voir)|on ne (?:voit|distingue)) (?:pas |aucun |pas d[e'] ?)*{text}\b(?: (?:visible|lisible|reconnaissable|a transcrire|que je|a lire|a extraire)| {where}|[.!]*$)",
            rf"{lead}aucun (?:texte|mot|contenu textuel)(?: (?:visible|lisible))? (?:n'est|n'a|n'apparait|ne|visible|{where})",
            rf"{lead}(?:je ne (?:vois|trouve|recois) (?:pas |aucune? )+(?:d[e'] ?|l'|votre )?|aucune? |il n'y a (?:pas d'|aucune? )|vous n'avez (?:pas |joint )+(?:fourni |joint |envoye )?(?:d'|l')?)(?:image|photo|fichier|piece jointe|document)\b",
        ),
        empty=(
            rf"(?:{the}{image}(?: fournie?)? (?:est (?:completement |entierement |totalement )?(?:vide|vierge|blanche?)|ne (?:contient|comporte|presente|montre) (?:aucun|pas de) texte(?: visible)?)"
            rf"|il n'y a (?:aucun|pas de) texte(?: visible)?(?: {where})?|aucun texte(?: (?:visible|n'est (?:visible|present)))?(?: {where})?)[.!]*"
        ),
        hedges=r"\b(?:semble|parait|puisse|peut|lisible)\b",
    )


def _german() -> Phrases:
    sorry = r"(?:(?:es )?tut mir (?:sehr |wirklich )?leid|(?:ich )?(?:bedaure|bedauere)|entschuldig(?:ung|en sie(?: bitte)?|e(?: bitte)?)|verzeihung|ich (?:bitte um|muss mich) entschuldig\w+|sorry|(?:es )?tut uns leid)"
    lead = rf"(?:(?:{sorry}{_NEXT}|leider |jedoch |allerdings |aber |dass |es (?:scheint|sieht so aus),? (?:als ob |dass )?|als (?:ki|sprachmodell|ai|kunstliche|assistent)\w*(?:-\w+)*[^,.]*?(?:,| (?=kann|bin|habe)) ?))*"
    can = r"(?:ich (?:kann|konnte|darf|werde)|(?:kann|konnte|darf) ich)"
    act = (
        r"(?:transkribier\w*|(?:vor|ab)?les\w*|gelesen|erkenn\w*|verarbeit\w*|(?:an)?(?:zu)?seh\w*|anzeig\w*|zugreif\w*|analysier\w*|extrahier\w*|bereitstell\w*|identifizier\w*"
        r"|entziffer\w*|ausfuhr\w*|erfull\w*|helf\w*|weiterhelf\w*|behilflich|unterstutz\w*|interpretier\w*|offn\w*|beschreib\w*|ausles\w*|wiedergeb\w*|abtipp\w*|durchfuhr\w*|finden|feststell\w*|tun|machen)"
    )
    given = r"(?:\w*bild\w{0,2}|foto\w*|aufnahme|screenshot|scans?|seite\w?|dokument\w*|datei\w*|pdf|anhang|text\w*|inhalt\w*|handschrift|schrift|transkription|anfrage|transkri\w+)\b"
    image = r"(?:bild(?:es|e|s)?|foto|aufnahme|screenshot|scan|seite|dokument(?:s|es)?|datei|pdf)"
    the = r"(?:das|dieses|dein|ihr|die|diese|deine|ihre|der|dieser|dem|diesem)"
    faulty = (
        r"(?:unscharf|verschwommen|unleserlich|(?:zu|sehr) (?:dunkel|klein|niedrig|hell|gering|unscharf|verpixelt|undeutlich)|leer|beschadigt|verpixelt|(?:niedrige|geringe|schlechte) (?:auflosung|qualitat)"
        r"|(?:komplett|vollstandig|ganz) (?:schwarz|weiss)|kein(?:en|e|erlei)? (?:\w+ ){0,3}?(?:text|worter|inhalt|schrift)\w*|nicht (?:\w+ ){0,3}?(?:lesbar|leserlich|erkennbar|lesen|entziffern|scharf|deutlich|ausreichend)|urheberrecht\w*)"
    )
    text = r"(?:(?:sichtbaren?|lesbaren?|erkennbaren?|weiteren?) )*(?:text|worter|schrift|inhalte?|textinhalt)"
    where = rf"(?:auf|in) {the} (?:\w+ )?{image}"
    nothing = r"(?:keinen|keine|kein|keinerlei)"
    return Phrases(
        sorry=sorry,
        generic=(
            rf"{lead}(?:{can}|ich bin) (?:(?:dir|ihnen|ihre|deine|dieser|diese|das|dies|dabei|damit|hierbei|leider|daher|aber|da|hier|bei|mit|anfrage|aufgabe|wunsch|bitte) )*nicht"
            rf"(?: (?:in der lage|dabei|damit|weiter|bei|mit|dieser|ihrer|deiner|anfrage|aufgabe|diese|das|dies|zu))*,?(?: {act})?[.!?,;]*(?: konnen)?$"
        ),
        refusals=(
            rf"{lead}{can}(?=[^.!?]*\b(?:nicht|kein\w*)\b)(?=[^.!?]*\b{given})[^.!?]*\b{act}",
            rf"{lead}(?:ich bin|bin ich)(?: \w+)? (?:nicht (?:in der lage|fahig|befugt)|ausserstande)(?=[^.!?]*\b{given})[^.!?]*\b{act}",
            rf"{lead}(?:es ist )?(?:mir )?(?:ist es )?(?:leider )?(?:mir )?nicht moglich\b[^.!?]*\b{given}",
            rf"{lead}(?:ich )?habe (?:ich )?(?:keinen zugriff|nicht die (?:fahigkeit|moglichkeit)|keine moglichkeit)\b.{{0,60}}\b{given}",
            rf"{lead}(?:ich )?muss (?:ich )?[^.!?]{{0,60}}\bablehnen\b",
            r"(?:ich bin|als) (?:nur )?(?:ein |eine )?(?:(?:textbasiert\w+|gross\w+) )?(?:ki(?:-\w+)?|sprachmodell|ai|kunstliche intelligenz|ki-modell|assistent)\b[^.!?]{0,80}\b(?:ich|kann|bin)\b",
            rf"{lead}(?:diese anfrage|dieser inhalt|{the} {image}) (?:\w+ ){{0,4}}?(?:verstosst|verletzt|ist urheberrechtlich)\b",
        ),
        claims=(
            rf"{lead}(?:(?:der text|die schrift|die handschrift|die qualitat|die auflosung|der inhalt|die bildqualitat)(?: \w+)? )?(?:(?:auf|in|von) )?{the} (?:\w+ )?{image}\b.{{0,80}}?\b{faulty}",
            rf"{lead}(?:der text|die schrift|die handschrift|die bildqualitat)\b.{{0,30}}?\b(?:unleserlich|unscharf|verschwommen|nicht (?:lesbar|leserlich)|zu (?:klein|unscharf|schlecht|gering))",
            rf"{lead}{the} (?:bereitgestellte|hochgeladene|angehangte|vorliegende|gesendete|ubermittelte)[nrs]? {image}\b",
            rf"{lead}{the} {image},? (?:das|die|den) (?:du|sie)(?: mir)? (?:hochgeladen|geschickt|gesendet|bereitgestellt|angehangt) (?:hast|haben)\b",
            rf"{lead}(?:(?:{where}|hier|es|da|dort) (?:ist|sind|gibt es|befindet sich|befinden sich|lasst sich|gibt|kann ich)|ich (?:sehe|finde|erkenne|kann)(?: {where})?|es gibt(?: {where})?) (?:\w+ ){{0,2}}?{nothing} {text}\b(?:[^.!?]{{0,30}}\b(?:sichtbar|lesbar|vorhanden|erkennen|erkennbar|zu (?:sehen|finden|erkennen|transkribieren))| {where}|[.!]*$)",
            rf"{lead}(?:ich sehe|ich kann|es wurde|es ist|sie haben|du hast|ich habe)(?: \w+)? (?:{nothing}) (?:bild|foto|datei|anhang|dokument|aufnahme)\b",
        ),
        empty=(
            rf"(?:{the} {image} (?:ist (?:komplett |vollstandig |vollig |ganz )?leer|(?:enthalt|zeigt|hat) {nothing} (?:sichtbaren? )?text)"
            rf"|(?:{where} (?:ist|gibt es|befindet sich)|es (?:ist|gibt|befindet sich)) {nothing} (?:sichtbarer |sichtbaren )?text(?: {where})?(?: (?:vorhanden|sichtbar|zu sehen))?|kein (?:sichtbarer )?text(?: {where})?(?: (?:vorhanden|sichtbar|zu sehen))?)[.!]*"
        ),
        hedges=r"\b(?:scheint|scheinen|offenbar|kann|lesbar\w*|erkennbar\w*)\b",
    )


def _italian() -> Phrases:
    sorry = r"(?:mi (?:dispiace|spiace|scuso|rincresce)(?: (?:molto|davvero))?|(?:sono )?spiacente|scus[ai]|scusate|chiedo scusa|ci dispiace|sono desolat[oa]|le mie scuse)"
    lead = rf"(?:(?:{sorry}(?: (?:per (?:l'inconveniente|il disagio)|dover dire|informar\w+)(?: che)?)?{_NEXT}|purtroppo,? |sfortunatamente,? |tuttavia,? |ma |pero |che |sembra che |(?:come|in quanto|essendo) (?:un |una |un')?(?:modello|assistente|intelligenza|ia)[^,.]*, ))*"
    cannot = r"non (?:mi )?(?:posso|potrei|potro|ho potuto|e possibile|sono in grado di|sono capace di|ho (?:la )?(?:capacita|possibilita) di|riesco a|sono riuscit[oa] a|devo|sono autorizzat[oa] a|si puo)"
    act = (
        r"(?:(?:trascriv|legg|ved|elabor|visualizz|acced|analizz|estra|forni|identific|riconosc|decifr|complet|soddisf|aiut|assist|interpret|distingu|apri|esegu|gener|offri|rilev"
        r"|descriv|far)(?:ere|ire|are|rre|re|er|ar|ir|r|e)?(?:lo|la|le|ti|vi|la|li|gli|telo)?)"
    )
    obj = r"(?:,? (?:con|in|a|di|per))?(?: (?:questo|questa|cio|la|quello|tua|sua))?(?: (?:tua |sua )?(?:richiesta|compito|cosa|attivita))?"
    given = r"(?:immagin[ei]|foto|fotografi[ae]|schermat[ae]|scansion[ei]|pagin[ae]|document[oi]|file|pdf|allegat[oi]|test[oi]|contenut[oi]|grafia|scrittura|calligrafia|trascrizione|richiesta)\b"
    image = r"(?:immagine|foto|fotografia|schermata|pagina|documento|file|scansione|pdf)"
    the = r"(?:l'|la |il |lo |questa |questo |quest'|tua |la tua |la sua )"
    faulty = (
        r"(?:sfocat\w+|sfuocat\w+|illeggibil\w+|mossa|(?:troppo|molto) (?:scur\w+|piccol\w+|bass\w+|chiar\w+|sfocat\w+|sgranat\w+)|vuot[ao]|bianc[ao]|danneggiat\w+|corrott\w+|sgranat\w+"
        r"|(?:bassa|scarsa|cattiva) (?:risoluzione|qualita)|completamente (?:ner|bianc|scur)\w+|non (?:\w+ ){0,4}?(?:testo|leggibil\w+|leggere|parol\w+|scritt\w+|nitid\w+|contenuto|sufficient\w+)|senza testo|alcun testo|nessun testo)"
    )
    text = r"(?:(?:nessun|alcun|alcuna|altro|il) )?(?:testo|parol[ae]|scritt[ae]|contenuto(?: testuale)?)"
    where = rf"(?:nell'|nella |nel |in |sulla |sull'|su |in questa |nella tua )(?:questa )?{image}"
    return Phrases(
        sorry=sorry,
        generic=rf"{lead}{cannot}(?: {act})?{obj}[.!]*$|{lead}{cannot} (?:aiutar|assister)\w* (?:con|in) (?:questo|questa|cio|quello)\b(?: richiesta| compito)?[.!?,;]",
        refusals=(
            rf"{lead}{cannot}(?: \w+)? {act}{_UP_TO_FIVE}(?:\w+')?{given}",
            rf"{lead}{cannot} (?:aiutar|assister)\w*\b[^.!?]*?\b(?:{given}|trascri\w+|legger\w*)",
            rf"{lead}non ho (?:la )?(?:capacita|accesso|possibilita)\b.{{0,40}}\b{given}",
            rf"{lead}(?:devo|sono costrett[oa] a) (?:rifiutare|declinare)\b",
            r"(?:sono|come|in quanto) (?:solo )?(?:un |una |un')?(?:modello (?:linguistico|di linguaggio|di ia)|assistente (?:ia|di ia|virtuale)|ia|intelligenza artificiale)\b",
            rf"{lead}(?:questa richiesta|questo contenuto|{the}{image}) (?:\w+ ){{0,4}}?(?:viola|e protett\w+ da (?:copyright|diritti))\b",
        ),
        claims=(
            rf"{lead}(?:(?:il testo|la grafia|la qualita|la risoluzione|il contenuto|la scrittura)(?: \w+)? (?:d[ei]ll['ao]? ?|nell['ao]? ?|del |nel |in |di ))?{the}{image}\b.{{0,80}}?\b{faulty}",
            rf"{lead}(?:il testo|la grafia|la scrittura|la calligrafia)\b.{{0,30}}?\b(?:illeggibil\w+|sfocat\w+|non (?:e|risulta) leggibil\w+|troppo (?:piccol|sfocat)\w+)",
            rf"{lead}{the}{image} (?:fornit|allegat|caricat|inviat|condivis)[ao]\b",
            rf"{lead}{the}{image} che (?:mi )?(?:hai|ha|avete) (?:fornito|allegato|caricato|inviato|condiviso)\w? (?:e|sembra|mostra|contiene|non|appare)\b",
            rf"{lead}non (?:c'e|ci sono|vedo|trovo|rilevo|riesco a (?:vedere|trovare|individuare)|si vede|si vedono|contiene|sembra (?:esserci|contenere)|e (?:presente|visibile|stato rilevato)|appare) {text}\b(?: (?:visibile|leggibile|riconoscibile|che (?:possa|io possa)|da (?:trascrivere|leggere|estrarre))| {where}|[.!]*$)",
            rf"{lead}(?:nessun testo|nessuna parola)(?: (?:visibile|leggibile))?(?: (?:e|presente|rilevato)\b| {where}|[.!]*$)",
            rf"{lead}(?:non (?:vedo|c'e|trovo|ho ricevuto|hai (?:allegato|caricato|fornito)|ha (?:allegato|caricato|fornito)|e stata (?:allegata|caricata|fornita)) (?:nessun[ao']? ?|alcun[ao']? ?|l'|la |un'|una )|nessuna )(?:immagine|foto|file|allegato|documento)\b",
        ),
        empty=(
            rf"(?:{the}{image}(?: fornit[ao])? (?:e (?:completamente |totalmente )?(?:vuot[ao]|bianc[ao])|non (?:contiene|ha|mostra|presenta) (?:alcun |nessun )?testo(?: visibile)?)"
            rf"|non (?:c'e|e presente) (?:alcun |nessun )?testo(?: visibile)?(?: {where})?|nessun testo(?: (?:visibile|presente))?(?: {where})?)[.!]*"
        ),
        hedges=r"\b(?:sembra|pare|possa|puo|leggibile)\b",
    )


PHRASES = (_english(), _spanish(), _portuguese(), _french(), _german(), _italian())
