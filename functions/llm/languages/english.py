"""What models and people say in English."""

from functions.llm.languages.phrases import AFTER_SORRY, UP_TO_FIVE_WORDS, Phrases

_SORRY = (
    r"(?:(?:i'?m|i am|we are|we're) (?:(?:very|so|really|truly|terribly) )?sorry|sorry"
    r"|i (?:sincerely )?apologi[sz]e|(?:my )?(?:sincere )?apologies|i regret to say)"
)
_LEAD = (
    rf"(?:(?:{_SORRY}{AFTER_SORRY}|unfortunately,? |regrettably,? |however,? "
    r"|but |i(?:'m| am) afraid (?:that )?|it (?:appears|seems"
    r"|looks)(?: like)?(?: that)? |as an? [^,.]*\b"
    r"(?:ai|model|assistant)\b[^,.]*, ))*"
)
_CANNOT = (
    r"(?:i(?:'m| am) (?:currently |still |really |just )?(?:unable to"
    r"|not (?:able|allowed|permitted) to|incapable of|not capable of)"
    r"|i (?:was(?:n't| not) able to|was unable to|cannot|can't|can not|could not"
    r"|couldn't|won't be able to"
    r"|will not|won't|do not have the (?:ability|capability|means) to"
    r"|don't have the (?:ability|capability|means) to|must decline to"
    r"|have to decline to))"
)
_ACT = (
    r"(?:(?:fully|accurately|reliably|clearly|properly|directly|actually|confidently) )?"
    r"(?:transcribe|transcribing|read|reading|process|view|see"
    r"|access|analy[sz]e|extract|provide|identify|recogni[sz]e"
    r"|make out"
    r"|reproduce|replicate|output|discern|detect|interpret|determine|decipher|open|perform"
    r"|describe|complete|fulfill?|comply|assist|help(?! (?:but"
    r"|myself|\w+ing)\b))"
)
_OBJ = r"(?: you)?(?: with)?(?: (?:that|this|it|so|your|the))?(?: (?:request|task|one))?"
_GIVEN = (
    r"(?:image|picture|photo|photograph|screenshot|scan|page|document|file|pdf|attachment|text"
    r"|content|handwriting|material|request|transcription|assistance)s?\b"
)
_IMAGE = r"(?:image|picture|photo|photograph|screenshot|scan|page|document|file|pdf)"
_FAULTY = (
    r"(?:blur\w*|unclear|illegib\w*|not (?:clear|legible|readable"
    r"|visible)|unreadab\w*|resolution|transcri\w*|declin\w*|copyright\w*"
    r"|corrupt\w*|blank|empty|(?:completely|entirely|solid|all"
    r"|too) (?:black|white|dark|small|low|faint)|no (?:\w+ ){0,3}?(?:text"
    r"|words|writing|content)|out of focus|pixelated"
    r"|cannot be (?:read|transcribed|processed|opened)|(?:does not"
    r"|doesn't|didn't|did not) (?:come through|(?:\w+ ){0,4}?(?:text|words|writing|content"
    r"|load|open)))"
)
_TEXT = (
    r"(?:(?:visible|readable|legible|discernible|recogni[sz]able"
    r"|clear|actual|printed|written|handwritten|textual|identifiable"
    r"|or) ){0,4}(?:text|words?|writing|characters|content)"
)
_WHERE = rf"(?:in|on|within|from) (?:the|this|your)(?: \w+)? {_IMAGE}"
_READING = (
    r"(?:blur|unclear|illegib|legib|unreadab|readab|visib|resolution"
    r"|see\b|read\b|transcri|process"
    r"|view|detect|recogni|upload|attach|provided|available|declin"
    r"|copyright|corrupt|blank|empty"
    r"|ability|ai\b)"
)
PHRASES = Phrases(
    sorry=_SORRY,
    generic=(
        rf"{_LEAD}{_CANNOT}(?: (?:do|{_ACT}))?{_OBJ}[.!]*$|{_LEAD}i (?:cannot"
        r"|can't) (?:help|assist) (?:you )?with (?:that|this|it)(?:[.!?,;]"
        r"|$)"
    ),
    refusals=(
        rf"{_LEAD}{_CANNOT} {_ACT}{UP_TO_FIVE_WORDS}{_GIVEN}",
        rf"{_LEAD}{_CANNOT} (?:help|assist)(?: you)? with [^.!?]*?\b{_GIVEN}",
        rf"{_SORRY}\b.{{0,80}}?\b{_CANNOT} {_ACT}\b[^.!?]*?\b{_GIVEN}",
        rf"{_SORRY}(?:[,.;:!—–-]| [—–-]| but\b)(?=.{{0,160}}\b{_GIVEN}).{{0,160}}\b{_READING}",
        (
            rf"{_LEAD}i (?:do not|don't) have (?:the )?(?:ability|capability"
            rf"|access)\b.{{0,40}}\b{_GIVEN}"
        ),
        rf"{_LEAD}i (?:must|have to|need to) decline\b",
        rf"{_LEAD}as an? [^,.]{{0,40}}\b(?:language model|ai model|ai assistant|ai)\b,? i\b",
        (
            r"i(?:'m| am) (?:just |only )?an? (?:text-based |large )?(?:ai"
            r"|language) (?:language )?(?:model|assistant)\b"
        ),
        (
            rf"{_LEAD}(?:this|your|the) (?:request|content|{_IMAGE}) (?:\w+ ){{0,4}}?(?:violates?"
            r"|goes against|is protected by copyright|is against)\b"
        ),
    ),
    claims=(
        (
            rf"{_LEAD}(?:the|this|your|that)(?: \w+)? (?:(?:text|writing"
            r"|handwriting|quality|resolution|content)(?: \w+)? (?:in|on"
            rf"|of) (?:the|this|your)(?: \w+)? )?{_IMAGE}\b.{{0,80}}?\b{_FAULTY}"
        ),
        (
            rf"{_LEAD}(?:the|this) (?:text|writing|handwriting)\b.{{0,30}}?\b(?:too (?:blurry"
            r"|small|faint)|illegible|unreadable|not (?:legible|readable"
            r"|clear))"
        ),
        (
            rf"{_LEAD}(?:the|this) (?:provided|uploaded|attached|given|supplied"
            rf"|submitted|shared) {_IMAGE}\b"
        ),
        (
            rf"{_LEAD}(?:the|this) {_IMAGE} (?:that )?you(?:'ve| have)? (?:provided"
            r"|uploaded|attached|shared|sent|submitted)(?: me)? (?:is|appears"
            r"|seems|shows|contains|does|doesn't|looks)\b"
        ),
        (
            rf"{_LEAD}(?:there (?:is|are|appears to be|seems to be)|i (?:can "
            rf"|could )?(?:see|find|detect)|it contains) (?:no|not any) {_TEXT}\b(?: "
            r"(?:is |to be )?(?:visible|present|legible|found|detected"
            r"|available|to (?:transcribe|read|extract)|that (?:i )?can)"
            rf"| {_WHERE}|[.!]*$)"
        ),
        (
            rf"{_LEAD}there (?:do|does)(?:n't| not) (?:appear|seem) to be any {_TEXT}\b"
            rf"(?: {_WHERE}|[.!]*$)"
        ),
        (
            rf"{_LEAD}(?:i will|i'll|let me)(?: now)? (?:transcribe|read|extract|analy[sz]e)"
            rf" (?:the|this|your) (?:text (?:in|on|from) (?:the|this|your) )?{_IMAGE}"
            r"(?: for you| now)?[.!:]*$"
        ),
        (
            rf"{_LEAD}no {_TEXT} (?:is|are|was|were|can be|could be|found"
            r"|visible|detected|present|available|appears?)?\b.{0,30}?(?:visible"
            rf"|present|found|detected|{_WHERE}|transcribed|identified|extracted)\b"
        ),
        rf"{_LEAD}no {_TEXT}[.!]*$",
        (
            rf"{_LEAD}i (?:do not|don't|cannot|can't|could not|couldn't|did not"
            r"|didn't|am unable to|was unable to|wasn't able to"
            r"|was not able to) (?:see|find|detect|identify|make out"
            rf"|discern|locate) any {_TEXT}\b"
        ),
        (
            rf"{_LEAD}i (?:do not|don't|cannot|can't) see (?:any|an|the|your)(?: \w+)? "
            r"(?:image|picture|photo|attachment|file)\b"
        ),
        (
            rf"{_LEAD}(?:there is |there's )?no (?:image|picture|photo|file"
            r"|attachment)s? (?:was|were|is|has been|have been|attached"
            r"|provided|uploaded|included)\b"
        ),
        (
            rf"{_LEAD}you(?:'ve| have)? ?(?:haven't|have not|didn't|did not"
            r"|forgot) ?(?:to )?(?:attach|upload|provid|includ)\w* (?:an"
            rf"|any|the|your)? ?{_IMAGE}\b"
        ),
        (
            rf"{_LEAD}(?:please |kindly |(?:could|can|would) you (?:please )?)?(?:provide|upload"
            rf"|share|attach|send|submit)(?: me)? (?:the|an?"
            rf"|your)(?: \w+)? {_IMAGE}\b[^.!?]{{0,40}}?"
            r"\b(?:me to (?:transcribe|read|extract|process)|(?:you(?:'d| would)? (?:like|want"
            r"|need) (?:to have )?transcribed)|(?:so (?:that )?i can|for me to) \w+)\b"
        ),
        rf"error: (?:unable|failed|could not|cannot) (?:to )?{_ACT}\b[^.!?]*?\b{_GIVEN}",
        (
            rf"{_LEAD}(?:a |an )?(?:completely |entirely )?(?:blank|black"
            rf"|empty|white) {_IMAGE} (?:with|without|containing)\b"
        ),
    ),
    empty=(
        rf"(?:(?:the|this)(?: (?:provided|uploaded|attached|given))? {_IMAGE} (?:is"
        r"|was)(?: (?:completely|entirely|totally|just|simply))? (?:blank"
        r"|empty)"
        rf"|(?:the|this)(?: (?:provided|uploaded|attached|given))? {_IMAGE} (?:contains"
        r"|has|shows|includes) no (?:visible |printed |written )?(?:text"
        r"|words|writing|content)(?: (?:at all|or (?:other )?content))?"
        rf"|(?:the|this)(?: (?:provided|uploaded|attached|given))? {_IMAGE} (?:does not"
        r"|doesn't) (?:contain|have|show|include) any (?:visible |printed "
        r"|written )?(?:text|words|writing)"
        r"|there (?:is|'s) no (?:visible |printed |written )?(?:text"
        rf"|writing)(?: (?:visible|present))?(?: {_WHERE})?(?: (?:at all"
        r"|you (?:have )?(?:provided|uploaded)))?"
        r"|no (?:visible |printed |written )?text(?: (?:is|was))?(?: (?:visible"
        rf"|present|found|detected))?(?: {_WHERE})?)[.!]*"
    ),
    hedges=r"\b(?:appears?|seems?|looks|can be|could be|legible|readable)\b",
    description=(
        r"(?:the|this) (?:provided |uploaded )?(?:image|picture|photo|photograph"
        r"|screenshot) (?:shows|depicts"
        r"|displays|features|contains|is|appears to (?:show|be|depict)) (?:an?|two|several) "
    ),
    courtesy=(
        r"(?:please |just |and )?(?:let me know|feel free|don't hesitate"
        r"|i hope (?:this|that)|hope this|is there anything else|if you (?:need"
        r"|have|would like|want|'d like)|would you like|do you (?:need"
        r"|want)|happy to help|i'm happy to)"
    ),
    speaking="yours|sincerely|regards|i|we|my|our|us|me|dear|hi|hello",
)
