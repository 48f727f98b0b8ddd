"""Whether a ceiling in money can be kept: whoever reads has prices.

Without them nobody knows what a call may cost at most, and none could be made under a ceiling.
"""

from typing import TYPE_CHECKING

from functions.upload.errors import ApiError
from functions.upload.problem_codes import ProblemCode
from lector.domain.states import TextLayerUse
from lector.runtime import settings

if TYPE_CHECKING:
    from lector.domain.reader_catalogue import Reader


def check(name: str | None, model: str | None, text_layer: str | None = None) -> None:
    """Refuse a ceiling for a reader, or those who read for it, of whom nobody knows what they cost.

    Raises:
        ApiError: 422.

    """
    from lector.domain import reader_catalogue  # noqa: PLC0415 - most files have no ceiling

    if text_layer == TextLayerUse.ALWAYS:
        return
    catalogue = reader_catalogue.current()
    reader = catalogue.find(name)
    if reader is None:
        return
    unknown = []
    own_name = catalogue.name_of(name)
    if not is_known(own_name, reader, model):
        named = f" for its model {model}" if model else ""
        unknown.append(f"the reader {own_name}{named}")
    for role, other in (("fallback", reader.fallback), ("larger reader", reader.escalate)):
        if other is not None and not is_known(other, catalogue.readers[other], None):
            unknown.append(f"its {role} {other}")
    if unknown:
        detail = (
            f"what {' and '.join(unknown)} costs is not known, so no ceiling can be kept; set its"
            " prices in readers.yaml, or MODEL_PROMPT_PRICE_USD and MODEL_COMPLETION_PRICE_USD"
            " for the default reader, or leave max_cost_usd out"
        )
        raise ApiError(422, ProblemCode.NO_PRICES, detail)


def is_known(name: str, reader: "Reader", model: str | None) -> bool:
    """Whether it is known what a reader's model, by default its own, costs where pages are read."""
    priced = [one.strip() for one in settings.current(settings.Readers).readers_priced.split(",")]
    if model is None and any(priced) and name not in priced:
        return False
    return reader.prices_of(model or reader.model_name()) is not None
