"""What is said of options that a reader does not look at, before and after it has read."""

from lector.cli.options import describe_unheeded, describe_without_effect

READER = {
    "name": "tesseract",
    "model": "tesseract-5",
    "models": [],
    "honours": {"prompt": False, "describe": False, "language": True},
}
MODEL = {
    "name": "own",
    "model": "large",
    "models": ["small"],
    "honours": {"prompt": True, "describe": True, "language": True},
}


def test_a_retry_says_what_its_reader_will_not_look_at() -> None:
    said = describe_unheeded(READER, prompt="Sing.", model="small", describe=False)
    assert said.startswith("the reader tesseract does not look at --prompt and --model; ")
    assert describe_unheeded(READER, prompt=None, model=None, describe=False) == ""
    assert describe_unheeded(MODEL, prompt="Sing.", model="small", describe=True) == ""


def test_a_reading_says_what_its_reader_did_not_look_at() -> None:
    said = describe_without_effect(2, READER, prompt=None, model=None, describe=True)
    assert said.startswith("--describe had no effect on 2 pages: the reader tesseract does not")
    assert describe_without_effect(0, READER, prompt=None, model=None, describe=True) == ""
