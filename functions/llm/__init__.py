"""llm: has a vision model read a page."""
