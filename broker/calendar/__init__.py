"""Working days by the State Council's yearly notices, make-up days included."""
