"""Turns documents into applied stacks: each module is one step of that way, see ARCHITECTURE.md."""
