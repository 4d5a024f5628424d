"""Documents that the broker writes for people to read, sign and file. Nothing here decides, and nothing is merged."""
