"""Builds the real parts by hand from the settings: the only reader of environment and clock."""

from broker.wiring.delivering import post, post_of
from broker.wiring.deployment import (
    ROOT,
    broker_key,
    given_clock,
    ledger,
    ledger_dsn,
    person,
    program_digest,
    pulumi,
    secret_store,
    settings,
    user_cache,
)
from broker.wiring.desks import Accounts, Archive, accounts, archive, backups, hand_over, noted
from broker.wiring.drifting import Asking, asking_of, drifting, standings
from broker.wiring.reading import git_host, read, registry_of, stacks_of
from broker.wiring.reconciling import Watch, office, previews, status_of

__all__ = [
    "ROOT",
    "Accounts",
    "Archive",
    "Asking",
    "Watch",
    "accounts",
    "archive",
    "asking_of",
    "backups",
    "broker_key",
    "drifting",
    "git_host",
    "given_clock",
    "hand_over",
    "ledger",
    "ledger_dsn",
    "noted",
    "office",
    "person",
    "post",
    "post_of",
    "previews",
    "program_digest",
    "pulumi",
    "read",
    "registry_of",
    "secret_store",
    "settings",
    "stacks_of",
    "standings",
    "status_of",
    "user_cache",
]
