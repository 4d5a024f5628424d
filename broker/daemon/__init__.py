"""The process that reconciles by itself: after a merge, when a date changes something, and by the clock."""
