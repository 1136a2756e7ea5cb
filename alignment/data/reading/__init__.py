"""Files of any kind into records, and records into messages."""
