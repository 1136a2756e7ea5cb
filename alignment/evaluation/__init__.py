"""Judging replies: the voice contract, text measures, figures and the owner's report. Free of torch."""
