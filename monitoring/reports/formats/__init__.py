"""The four formats of a report, each a pure function of the paper: the same paper, the same bytes."""
