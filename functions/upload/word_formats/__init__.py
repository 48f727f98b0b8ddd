"""Words of pages with their places, in the formats that hold them: hOCR, ALTO, JSON, and a PDF."""
