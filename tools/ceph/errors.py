"""What can go wrong with the gateway.

GatewayError            the gateway is not as asked for; the message says what was being done and what cures it
└── PackagesMissing     its packages cannot be had on this machine or from here
"""


class GatewayError(Exception):
    """The gateway is not as asked for; the message says what was being done and what cures it."""


class PackagesMissing(GatewayError):
    """The packages cannot be had on this machine or from here."""
