"""The environment that a Pulumi CLI runs in. The broker's own variables, with clouds' credentials, never reach it."""

from collections.abc import Mapping
from urllib.parse import quote

from broker.engine.passphrase import Passphrase
from broker.engine.workspace import Workspace

PACKAGE = "govcloud"
PARALLEL_STEPS = 64


def pulumi_environment(space: Workspace, passphrase: Passphrase, port: int) -> dict[str, str]:
    """What a CLI needs to find state, passphrase and the provider served on `port`; add it to a person's own variables.

    Checkpoints are skipped (they cost the square of the number of resources): after a kill, adoption by key finds what
    the state does not know.
    """
    return {
        # A quarter of what a short run takes was Go's collector: it begins where a run is larger than any seen so far.
        "GOGC": "off",
        "GOMEMLIMIT": "512MiB",
        "PULUMI_BACKEND_URL": f"file://{quote(str(space.backend))}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase.file),
        "PULUMI_DEBUG_PROVIDERS": f"{PACKAGE}:{port}",
        "PULUMI_DEBUG_COMMANDS": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        "PULUMI_DIY_BACKEND_NO_LEGACY_WARNING": "1",
        "PULUMI_HOME": str(space.home),
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        "PULUMI_OPTION_SKIP_PLUGIN_PRE_INSTALL": "true",
        "PULUMI_PARALLEL": str(PARALLEL_STEPS),
        "PULUMI_PARALLEL_DIFF": "true",
        "PULUMI_SKIP_CHECKPOINTS": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def closed_environment(space: Workspace, passphrase: Passphrase, port: int) -> dict[str, str]:
    """The whole environment of a CLI that the broker drives: nothing is inherited."""
    return {
        **pulumi_environment(space, passphrase, port),
        "HOME": str(space.home),
        "PULUMI_OPTION_COLOR": "never",
        "TMPDIR": str(space.home),
    }


def without_credentials(inherited: Mapping[str, str]) -> dict[str, str]:
    """A person's variables without those of clouds, ledger and vault: the served provider logs in, not the CLI."""
    hidden = ("OS_", "AWS_", "PULUMI_", "BROKER_", "VAULT_")
    return {name: value for name, value in inherited.items() if not name.startswith(hidden)}
