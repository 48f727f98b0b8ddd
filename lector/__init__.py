"""Lector: a PDF in, its text out. This package is what every function imports."""

__version__ = "0.1.0"
