"""Ratings on their way out: rows for training, in bytes that repeat."""
