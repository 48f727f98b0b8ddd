"""What a model's own template leaves in an answer: its thinking, and special tokens.

A page may print such marks, too, when it is about models. So thinking is taken off where an answer
begins or ends with it, and tokens where they stand at an end of the text.
"""

import re

from functions.llm import ocr_marks

_NAMES = (
    r"(?:think(?:ing)?|thoughts?|reasoning|scratchpad|seed:think|mm:think|cot"
    r"|tool_calls?|function_calls?)"
)
# Names that a page may have for a tag of its own: of a model's only where it ends, too.
_OTHER_NAMES = (
    r"(?:analysis|reflection|rationale|planning|inner_monologue|inner_thoughts"
    r"|(?:thinking|thought)_process)"
)
# What follows the tag where a page speaks of it.
_SPOKEN_OF = r"[`'\"”]? (?:(?:tag|token|block|element|marker)s?|and|or|is|are)\b"
# Each how thinking begins, and how it ends.
_THINKING = [
    (re.compile(begin, re.IGNORECASE), end)
    for begin, end in (
        (rf"<({_NAMES})(?:\s[^<>]*)?>(?!{_SPOKEN_OF})", r"</{0}\s*>"),
        (rf"<({_OTHER_NAMES})>(?=[\s\S]*?</\1\s*>)", r"</{0}\s*>"),
        (r"\[(THINK|REASONING)\]", r"\[/{0}\]"),
        (r"◁(think)▷", r"◁/{0}▷"),
        (r"<\|(?:begin_of_|start_of_)?(thought|think|thinking)\|>", r"<\|(?:end_of_|/){0}\|>"),
        (r"<\|start_(thinking)\|>", r"<\|end_{0}\|>"),
        (r"<unused94>(thought)", "<unused95>"),
        (r"<\|channel>(thought)", r"<channel\|>"),
        (r"(thinking)\.\.\.\n(?=[\s\S]*?\n\.\.\.done thinking)", r"\n\.\.\.done thinking\.?"),
    )
]
_TAG_END = rf"(?:</{_NAMES}\s*>|\[/THINK\]|◁/think▷|<\|END_THINKING\|>)"
# The end of thinking whose beginning the template holds back; in quotes, or between the words of a
# sentence, it is one that the page speaks of.
_THOUGHT_END = re.compile(
    rf"(?<![`'\"“«(]){_TAG_END}(?:(?<=\n.)|(?=\s*?(?:\n|$))|(?=\S))", re.IGNORECASE
)
_NEXT_END = re.compile(rf"\s*{_TAG_END}", re.IGNORECASE)
# What each of these begins with.
_OF_TAGS = re.compile(r"[<\[◁]")
_THOUGHT_BEGIN = re.compile(rf"<{_NAMES}>|\[THINK\]|◁think▷|<\|START_THINKING\|>", re.IGNORECASE)

# gpt-oss: <|channel|>analysis<|message|>…<|end|><|start|>assistant<|channel|>final<|message|>…
_CHANNEL = re.compile(
    r"\s*(?:<\|start\|>\s*assistant\s*)?<\|channel\|>\s*(analysis|commentary|final)\b"
)
_FINAL = re.compile(r"<\|channel\|>\s*final\b(?:\s*<\|constrain\|>\s*\w+)?\s*(?:<\|message\|>)?")
_BARE_CHANNELS = re.compile(r"\s*(?:analysis|commentary)(?=[A-Z\"'\n]).*?assistantfinal", re.DOTALL)

_SPECIAL = (
    r"(?:<\|[\w/:.-]{1,40}\|>|<｜[^｜<>\n]{1,40}｜>|</?s>|<(?:eos|bos|pad|unk|EOS|BOS|PAD|eod|0x0A)>"
    r"|<(?:start|end)_of_(?:turn|text|image|utterance)>|<unused\d{1,4}>"
    r"|\[/?INST\]|\[(?:EOS|BOS|PAD|SEP|CLS)\])"
)
_FIRST_TOKENS = re.compile(
    rf"\s*(?:{_SPECIAL}\s*)+(?:(?:assistant|model)\b:?\s*(?:{_SPECIAL}\s*)*(?<=[\n>]))?"
)
_LAST_TOKEN = re.compile(rf"{_SPECIAL}\Z")
_LONGEST_TOKEN = 50
# Where the text ends and another turn begins.
_NEXT_TURN = re.compile(
    r"(?:<\|(?:im_end|eot_id|endoftext|end_of_text|end|return)\|>|</s>|<end_of_turn>"
    r"|<｜end▁of▁sentence｜>)\s*"
    r"(?:<\|(?:im_start|start_header_id|start|user|assistant|begin_of_text)\|>|<start_of_turn>"
    r"|<s>|\[INST\]|(?:Human|User|Assistant|user|assistant)(?::|\n))"
)
# GLM puts a box around what it answers.
_BOX = re.compile(r"<\|(?:begin|end)_of_box\|>")


def remove_thinking(text: str) -> str:
    """The text without the model's thinking before and after it; empty if it is all thinking."""
    text = _skip_first_thinking(_skip_channels(text))
    if not _OF_TAGS.search(text):
        return text
    return _skip_begun_thinking(_skip_last_thinking(text)).strip()


def _skip_channels(text: str) -> str:
    """What was said on the final channel; nothing if there are others only."""
    if _CHANNEL.match(text):
        finals = list(_FINAL.finditer(text))
        return text[finals[-1].end() :] if finals else ""
    bare = _BARE_CHANNELS.match(text)
    return text[bare.end() :] if bare else text


def _skip_first_thinking(text: str) -> str:
    while True:
        text = text.strip()
        begun = _begun_thinking(text) or _begun_thinking(_skip_first_tokens(text))
        if begun is None:
            return text
        found, end = begun
        closed = _closing(end, re.escape(found[1])).search(found.string, found.end())
        text = found.string[closed.end() :] if closed else ""


def _begun_thinking(text: str) -> tuple[re.Match[str], str] | None:
    """Thinking at the beginning of a text, and how that ends."""
    begun = ((begin.match(text), end) for begin, end in _THINKING)
    return next(((found, end) for found, end in begun if found), None)


def _skip_last_thinking(text: str) -> str:
    """Without thinking that has the last lines of a text for itself."""
    for begin, end in _THINKING[:4]:
        closed = [found.end() for found in _closing(end, _NAMES).finditer(text)]
        if closed and closed[-1] == len(text):
            begun = begin.search(text, closed[-2] if len(closed) > 1 else 0)
            if begun and text[: begun.start()].endswith("\n"):
                return text[: begun.start()].rstrip()
    return text


def _closing(end: str, names: str) -> re.Pattern[str]:
    return re.compile(end.format(names), re.IGNORECASE)


def _skip_begun_thinking(text: str) -> str:
    """Without thinking that has an end only."""
    end = _THOUGHT_END.search(text)
    if end is None or _THOUGHT_BEGIN.search(text, 0, end.start()):
        return text
    at = end.end()
    while again := _NEXT_END.match(text, at):
        at = again.end()
    return text[at:]


def remove_tokens(text: str) -> str:
    """The text without special tokens at its ends, and without those that are in it for places."""
    text = ocr_marks.remove_places(_BOX.sub("", text)).strip()
    turn = _NEXT_TURN.search(text)
    if turn and text[: turn.start()].strip():
        text = text[: turn.start()]
    return _skip_last_tokens(_skip_first_tokens(text))


def _skip_first_tokens(text: str) -> str:
    found = _FIRST_TOKENS.match(text)
    # Words between <s> and </s> are struck out in HTML.
    is_of_page = found is None or (found[0].strip() == "<s>" and "</s>" in text.rstrip()[:-4])
    return text.strip() if is_of_page or found is None else text[found.end() :].strip()


def _skip_last_tokens(text: str) -> str:
    end, is_struck_out = len(text.rstrip()), "<s>" in text
    # By places, as each copy of the text would be a pass over it.
    while found := _LAST_TOKEN.search(text, max(0, end - _LONGEST_TOKEN), end):
        if found[0] == "</s>" and is_struck_out:
            break
        end = found.start()
        while end and text[end - 1].isspace():
            end -= 1
    return text[:end]
