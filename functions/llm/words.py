"""The words in which models speak of images, of reading them and of helping, in six languages.

English, Spanish, Portuguese, French, German and Italian are one vocabulary: a sentence is told by how
many of its words are in it. What a page says of its own matters has names, numbers and other words.
Words are folded: lower case, without accents, "ß" as "ss".
"""

import re
import unicodedata

# What the prompts ask for: of a page, and of a part of one.
NO_TEXT = "[no text]"
ILLEGIBLE = "[illegible]"

_WORD = re.compile(r"[^\W_]+")
_LETTER = re.compile(r"[^\W\d_]")
_MARKUP = re.compile(r"[*_`#>]+")
_MARKS = re.compile(r"[\u0300-\u036f]")
# Where a sentence ends: at its mark, at an empty line, and before a point of a list.
_BREAKS = re.compile(
    r"(?<=[.!?…])[\"'”»)*_]*\s+(?=\S)|\n\s*\n|\n(?=\s*(?:[-*•–—]|\d{1,2}[.)]|#+)\s)|(?<=:)\s*\n"
)

TRANSCRIBING = ("transcri", "trascri", "transkri", "abschrift", "ocr")
# How words about images, reading and helping begin.
_READING_STEMS = tuple(
    """
    transcri transcrev trascri transkri abschrift readab reading unread legib illegib ilegib illisib lisib
    lecture lectur leitur legivel ilegive leggibil illeggibil leggere lettura lesbar unles
    gelesen leserlich unleser extract extrai extrah extrahier image imagen imagem imagin immagin
    picture photo foto screenshot captur schermat aufnahme scan escan scann digitali numeris
    pagin seite document dokument archivo arquivo fichier datei blur borros desfoc embacad flou
    unscharf verschwomm sfoca sfuoc nitid deutlich undeutlich unclear claridad clareza chiara
    qualit calidad qualidade resolu risoluz auflos niedrig gering insufic insuffic unzureich
    blank empty vaci vazi leer vuot blanc bianc branc visib visiv sichtbar erkenn recogni recono
    reconh reconna riconosc detect detet rilev entziff deciph dechiff descifr decifr identif
    discern disting unterscheid upload carreg telecharg televers hochlad hochgelad caricat
    caricar caricam attach adjunt anexad joindr jointe angehang allega enviad enviar envie envoy
    schick gesendet inviat inviar shared sharing compart partag geteilt provid proporcion fornec
    fourni bereitgestell bereitstell visuali process procesa processa processe verarbeit elabora
    traiter traitee analy anali access acced zugreif zugriff interpret describ descri decri
    beschreib summar resum zusammenf riassu content conten conteud inhalt palabra palavra worter
    parole character caracter zeichen caratter handwr manuscr handschr handgeschr written escrit
    ecrit geschrieben schrift scritt grafia calligr calligraf printed impres imprim gedruckt
    stampat format layout markdown punctuat puntua ponctu zeichensetz spelling ortogr rechtschr
    origin language idioma lingua langue sprach assist asist aider ayud ajud helfen hilf
    behilflich aiutar aiuto request solicit pedido peticion demande anfrage richiest question
    pregunt pergunt domand support unterstutz soport copyright autor urheber diritti privac
    datenschutz policy policies politic richtlin guideline directr diretriz linee confiden
    vertraul sensib sensitiv sensiv personal identit oscur escur sombre dunkel ilumin luminos
    eclair beleucht distort corrupt corromp beschadig danneggi recort abgeschnitt tagliat rotat
    gedreht ruotat upside tenue sbiadit reessay versuch riprov compress komprim attempt intenta
    tente tentativ convert konvert konvertier translat traduc traduz tradu ubersetz envia
    extraid estrarr estratt fornit fornisc intentar intente
    """.split()
)
_READING_WORDS = frozenset(
    """
    text texts textual texto textos texte textes testo testi read leer lee leo leyendo leido ler
    leio lendo lido lire lis lit lu lesen lese liest lies leggo legge letto page pages pdf pdfs
    file files word words mot mots wort bild bilder bildes bilds view viewing viewed see seeing
    ver veo ve visto vejo voir vois vu sehe sehen gesehen siehe vedere vedo clear clearer
    clearly claro clara clair claire klar klarer klares klareres chiaro send sent subir sube
    suba subido subio subiste enviar sharper sharp scharf scharfer scharferes scharfere light
    lighting luz lumiere licht luce ocr ai ki ia llm model models modelo modele modell modello
    help helping helpful copy copies copia copie kopie version versions dark small smaller
    pequeno pequena petit petite klein piccolo cut crop cropped retake try trying tip tips share
    letters letras lettres buchstaben lettere nota note photograph write type typed escribir
    scrivere inconvenience inconvenient molestias incomodo transtorno desagrement
    unannehmlichkeiten disagio verstandnis comprension compreensao comprehension comprensione
    understanding jpg jpeg png dpi zoom camera camara
    """.split()
)


_FUNCTION_WORDS = """
helps helped
realizar realizo receio receo temo crains craindre navre navree furchte befurchte afraid reliable reliably upon reviewing review
faible faibles faiblement insuffisant insuffisante insuffisamment insufficiente insufficient insuficiente unzureichend
completar executar ejecutar effectuer eseguire ausfuhren durchfuhren perform carry fulfill fulfil comply satisfy process
cumplir atender repondre erfullen soddisfare mencionas mencionou mentionnez menzionato erwahnte referring reference message
mensaje mensagem messaggio nachricht examined examining looked inspect inspection revisar revisado analise
haver haja soit soient sia siano sei seien esten sea sean estejam seja sejam fosse was
a an the this that these those it its is are was were be been being am do does did done have has
had having will would can could may might must shall should cannot not no nor none nothing any
some all each every only just also too very so such as at by for from in into of on onto or and
but if then than to with without about which what who whom whose when where why how there here i
me my mine we us our you your he she they them their s t m re ve ll d don doesn didn isn aren
wasn won couldn wouldn please sorry unfortunately however apologize apologise apologies apology
apologetic thank thanks regret inconvenience understand understanding unable able ability
capable capability capabilities possible impossible happy glad let know tell hope feel free need
want like look looks looking seem seems appear appears appearing contain contains containing
show shows shown showing depict depicts include includes including present found find make out
provide ensure check again another other more further additional different higher lower good
better clearly directly instead either both because due since while although though enough quite
rather completely entirely fully totally mostly partially parts part portion portions section
sections below above following anything something else way ask call one two sure certainly
course absolutely okay ok yes got great note notes best faithfully exactly accurately verbatim
as-is order left right top bottom line lines table tables figure color colour white black grey
gray pure solid plain background surface sheet simply currently still yet now later first last
el la los las lo un una unos unas este esta esto estos estas ese esa eso esos esas aquel es son
era fue ser sea estar estan estaba haber hay ha han habia puedo puede pueden poder podria
podrias puedas pueda ni nada ningun ninguno ninguna algo algun alguna alguno algunos algunas
todo toda todos todas cada solo tambien muy tan tal como con sin para por de del en al ante o y
e u pero si que cual cuales quien cuando donde porque ya aqui ahi alli yo mi mis tu tus te ti
usted ustedes le les se su sus nos nosotros siento lamento lamentablemente desafortunadamente
desgraciadamente perdon perdona perdone disculpa disculpas disculpe gracias favor parece parecen
contiene muestra posible imposible capaz capacidad demasiado bastante poco mas menos mejor otra
otro otros otras nuevo nueva nuevamente saber asegurese asegurate necesitas necesita quieres
desea hazme hagame avisame dime ayudarte ayudarle debido completamente totalmente partes parte
siguiente continuacion claro supuesto nota encuentro encontrar logro resulta debo decir os um
uma uns umas esse essa isso isto aquele ele ela eles elas sao foi estao estava tem ter tenho nao
nem nenhum nenhuma algum alguma alguns algumas tudo tambem muito tao com sem pra pelo pela da
dos das em na nas ao aos qual quem quando onde ja eu meu minha voce voces lhe seu sua sinto
desculpe desculpa desculpas infelizmente obrigado obrigada contem mostra possivel impossivel
capacidade demais pouco mais outra outro novo nova novamente certifique precisar precisa quiser
deseja avise posso pode podem poderia consigo consegue conseguir conseguiria seguir seguinte
abaixo certo observacao ajuda ajudar devido ainda sequer estou l une des du ce cet cette ces c
ca cela est sont etait etre suis ai ont avoir avait peux peut pouvoir pourrais pourriez puis pas
ne n rien aucun aucune quelque quelques tout toute tous toutes chaque seulement aussi tres trop
tel comme avec sans pour par dans sur au aux ou et qu qui quel quelle quand parce car ici je j
mon ma mes toi vous votre vos nous notre il elle ils elles sa ses desole desolee regrette
malheureusement excusez excuse excuses merci prie plait semble semblent contient montre capacite
incapable mesure assez peu plus moins autre autres nouveau nouvelle savoir assurez besoin
souhaitez voulez hesitez pouvez bien voici voila dessous suivant remarque afin completement
totalement entierement parties partie etes aidant aider arrive parviens trouve der die den dem
ein eine einen einem einer eines dieser diese dieses diesen diesem ist sind war waren sein bin
habe hat haben hatte werden wird wurde kann konnen konnte konnten kannst darf mag muss soll
sollte nicht kein keine keinen keinem keiner keinerlei nichts etwas alle alles jede jeder jedes
nur auch sehr zu wie mit ohne fur durch von vom aus im auf bei beim zum zur nach uber unter oder
und aber wenn dass wer welche wann wo warum weil hier ich mir mich mein meine dir dich dein
deine sie ihnen ihr ihre ihren ihrem wir unser er leid tut bedaure bedauere leider
entschuldigung entschuldigen entschuldige verzeihung danke vielen dank bitte scheint scheinen
enthalt zeigt zeigen moglich unmoglich lage fahig fahigkeit genug ziemlich wenig mehr weniger
andere anderen anderes neu neue erneut nochmal noch wissen sicher brauchst brauchen mochtest
mochten gerne gern lassen lass folgende folgenden folgt hinweis anmerkung vollstandig vollig
ganz teilweise teile teil dabei damit darauf daraus darin davon dafur als jedoch gibt gli uno
dello della dei degli delle dell nel nello nella nei nelle nell allo alla dal dalla dall sul
sulla sull questo questa questi queste quello quella sono essere stato ho hanno avere puo
possono poter potrei potresti riesco non niente nulla nessun nessuno nessuna qualche qualcosa
alcun alcuna alcuni alcune tutto tutta tutti tutte ogni anche molto troppo cosi come senza per
di ed che chi quale dove perche gia io mio mia tuo tua lei vi voi vostro suo ci dispiace
spiacente scuso scusa scusi scuse purtroppo grazie favore prego sembra sembrano possibile
impossibile capace capacita grado abbastanza piu meno altro altra altri altre nuovo nuova
nuovamente sapere assicurati bisogno vuoi desidera fammi ecco seguente seguito parti presente
presenti sia most many several hard difficult easily suggestions suggestion options option steps
step using use used back alternatively describe afraid limit limits limitations limited away
continue proceed meant mean requested asked based current state form rest remaining available
therefore thus condividere condiviso condivisa gradito vide vierge nette nettes netta nitida
version versione versoes versao versiones ayudare encantado encantada terei prazer gostaria
serai heureux heureuse felice lieto erfreut puder achten achte stellen stelle gut gute erste
laden lade hoch heraus her fort solche sollen durfte assicurarsi verificare verifica controlla
caricare carica inviare invia fornire puoi potuto stata riuscire verifiez fournir fournissez
envoyez voulu veuillez joindre incapacite verifique intenta intentalo vuelve volver suban mande
manda pudiera quisieras verificar tente possa consigamos kind sort particular specific reason
reasons cause caused motivo motivos razon razoes raison grund ragione direkt direkte direkten
diesbezuglich gewunscht gewunschte wunsch aufgabe tarea tarefa tache compito task blurred
quality poor baja bajo alta alto maior mayor superiore hoher hohere hoheren superieure qualsiasi
molte molti viele einiger einige plusieurs varios varias muitos muitas
"""
_KNOWN = frozenset(_FUNCTION_WORDS.split())


def fold(text: str) -> str:
    """In lower case, without accents and without the marks of emphasis and headings."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return " ".join(_MARKUP.sub(" ", _MARKS.sub("", folded)).split())


def split_sentences(text: str) -> list[str]:
    """Sentences, headings and points of lists, folded."""
    folded = (fold(part) for part in _BREAKS.split(text))
    return [sentence for sentence in folded if _LETTER.search(sentence)]


def words_of(folded: str) -> list[str]:
    """The words of a folded text."""
    return _WORD.findall(folded)


def known_share(folded: str) -> float:
    """Which share of a sentence's words is of the vocabulary."""
    found = _WORD.findall(folded)
    known = sum(word in _KNOWN or _is_of_reading(word) for word in found)
    return known / len(found) if found else 0.0


def is_of_reading(folded: str) -> bool:
    """Whether a sentence has a word that is about images, reading or helping."""
    return any(map(_is_of_reading, _WORD.findall(folded)))


def _is_of_reading(word: str) -> bool:
    return word in _READING_WORDS or word.startswith(_READING_STEMS)
