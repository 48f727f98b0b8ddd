"""A PDF with its text laid invisibly over it."""
