"""What can go wrong with the gateway, besides `tools.debian.PackagesMissing`."""


class GatewayError(Exception):
    """The gateway is not as asked for; the message says what was being done and what cures it."""
