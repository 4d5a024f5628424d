"""One process keeps everything loaded, and each command of its user begins as a copy of it."""
