"""What must exist, and why: the fold of admitted documents at an instant. Pure."""
