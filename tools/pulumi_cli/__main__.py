"""`python -m tools.pulumi_cli ensure|locate [--json]`: exit 0 with the CLI to use, 2 with what cures its absence."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from tools.pulumi_cli.ensure import ensure
from tools.pulumi_cli.found import Found, NotFound, PulumiUnavailable
from tools.pulumi_cli.locate import locate


def main(argv: list[str] | None = None) -> int:
    """The exit code: 0 found, 2 not."""
    parser = argparse.ArgumentParser(prog="python -m tools.pulumi_cli", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "command", choices=("ensure", "locate"), help="ensure may download and build, locate only looks"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a sentence")
    options = parser.parse_args(argv)
    try:
        answer = ensure() if options.command == "ensure" else locate()
    except PulumiUnavailable as cause:
        print(f"pulumi: {cause}", file=sys.stderr)
        return 2
    print(json.dumps(asdict(answer), default=str) if options.json else sentence(answer))
    return 0 if isinstance(answer, Found) else 2


def sentence(answer: Found | NotFound) -> str:
    """The answer for a person."""
    if isinstance(answer, Found):
        return f"{answer.path} {answer.version}: {answer.why}; SHA-256 {answer.sha256}"
    return "\n".join([*answer.tried, f"cure: {answer.cure}"])


if __name__ == "__main__":
    sys.exit(main())
