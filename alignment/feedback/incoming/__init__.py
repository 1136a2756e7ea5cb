"""Prompts, replies and gold items on their way in."""
