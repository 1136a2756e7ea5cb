"""Judging replies: figures with intervals, comparisons, the decision, and the pages people read. Free of torch."""
