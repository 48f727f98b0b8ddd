"""Lector in a program: `from lector import Lector`, and `AsyncLector` for asyncio."""
