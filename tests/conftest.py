"""What holds for every test."""

import os

from hypothesis import settings

from monitoring.preload.client import OFF

os.environ[OFF] = "no"  # a `broker preload` of whoever runs the tests has nothing to do with them

# how long an example takes is the machine's affair: on a busy one the slowest would fail
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
