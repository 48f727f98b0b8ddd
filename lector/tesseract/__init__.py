"""The embedded reader: Tesseract behind an OpenAI-compatible endpoint."""
