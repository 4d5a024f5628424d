"""The deadlines of the rule: declared in one table, computed from documents and records (C-7 to C-29)."""
