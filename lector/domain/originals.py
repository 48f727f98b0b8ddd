"""What people upload: how an original is stored, and how it is named when it is downloaded."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Original:
    """A kind of document."""

    media_type: str
    extension: str

    @property
    def unnamed(self) -> str:
        """A name for one that has none."""
        return f"unnamed.{self.extension}"

    def renamed(self, name: str, extension: str) -> str:
        """An original's file name with another extension in place of its own."""
        stem, dot, last = name.rpartition(".")
        own = dot and last.lower() == self.extension
        return f"{stem if own else name}.{extension}"


PDF = Original("application/pdf", "pdf")
