from tests.fixtures.ledger import (
    ledger,
    ledger_database,
    ledger_dsn,
    ledger_owner,
    ledger_server,
    ledger_template,
)

__all__ = ["ledger", "ledger_database", "ledger_dsn", "ledger_owner", "ledger_server", "ledger_template"]
