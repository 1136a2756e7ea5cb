"""Attune: from a generic chatbot to a brand's own voice, with people in the loop and evidence at every step."""

__version__ = "0.1.0"
