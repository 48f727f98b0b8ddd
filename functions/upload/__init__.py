"""upload: the way in: the HTTP API, its page, and what people change."""
