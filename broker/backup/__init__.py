"""Backups: what is due by DR class, made on the clouds, recorded, tried by restoring, and erased in their turn."""
