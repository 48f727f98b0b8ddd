"""The functions: each a package with its own main.py, which functions-framework loads by path."""
