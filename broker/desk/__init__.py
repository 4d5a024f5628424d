"""A local page for officers who use no command line: what waits for them, what it would do, and their signature."""
