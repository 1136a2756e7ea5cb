"""The voice contract: a brand's guide read into checks, the checks, and what is measured of a text without a model."""
