"""The voice contract: a guide read into checks, and the checks themselves; rules over text, without any model."""
