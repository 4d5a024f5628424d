"""A Chromium to try pages in, with fonts that have Chinese characters: Debian's packages, unpacked, no root."""
