"""How well words find their places, and whether what is wrong with a text is doubted."""
