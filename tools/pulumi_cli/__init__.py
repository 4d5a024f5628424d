"""The pinned Pulumi CLI: found, downloaded or built, and checked by digest."""

from tools.pulumi_cli.ensure import ensure
from tools.pulumi_cli.found import VERSION, Found, NotFound, Provenance
from tools.pulumi_cli.locate import locate

__all__ = ["VERSION", "Found", "NotFound", "Provenance", "ensure", "locate"]
