"""Messages of the outbox brought to their people: over which channel, in which words, at least once."""
