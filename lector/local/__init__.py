"""Lector on one machine: real PostgreSQL, NATS, S3 and OCR, started beside the functions."""
