"""The parts that reports are put together from; each is a pure function of the material."""
