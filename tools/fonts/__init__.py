"""The free fonts of the reports, from Debian's packages."""
