"""What commands get from the API: JSON, text, and refusals."""

from lector.client.errors import Refused, ServerError
from lector.client.models import Json
from lector.client.sources import Target, printable

__all__ = ["Json", "Refused", "ServerError", "Target", "printable"]
