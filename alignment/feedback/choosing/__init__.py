"""Which pair is worth a reviewer's next minute."""
