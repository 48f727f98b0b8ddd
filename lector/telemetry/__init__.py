"""Traces, metrics and logs; below everything that is seen through them."""
