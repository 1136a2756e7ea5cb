"""What people read of an evaluation: the report, the comparison, the card, the last lines of the loop."""
