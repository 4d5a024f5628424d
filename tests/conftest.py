"""What holds for every test."""

from hypothesis import settings

# how long an example takes is the machine's affair: on a busy one the slowest would fail
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
