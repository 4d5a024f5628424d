"""Whether the clouds are what the platform documents say: read, compared, and on sandboxes made so."""
