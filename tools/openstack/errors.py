"""What can go wrong with the sandbox cloud."""


class SandboxError(Exception):
    """The sandbox cloud is not as asked for; the message says what was being done and what cures it."""
