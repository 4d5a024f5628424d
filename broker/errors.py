"""The broker's errors, grouped by who must act. What a rule refuses is no error but a `Problem`.

BrokerError
├── OperatorError        the cloud office that runs the broker
│   ├── SettingsError        a setting is missing or wrong
│   ├── ToolMissing          a pinned tool is not there
│   ├── RegistryBroken       history was rewritten, or the trust root does not hold
│   ├── NameUnknown          nothing has the name that was asked for
│   ├── CannotDraft          a document cannot be written as asked
│   ├── AttachmentMissing    a file that a document names is not in the store, or not readable for this user
│   ├── LedgerUnavailable    the database does not answer
│   └── SecretsUnavailable   the vault does not answer, or refuses
├── CloudError           the provider's cloud
│   └── Stopped              nobody: work on it was asked to stop
└── EngineError          the Pulumi run ended badly
"""


class BrokerError(Exception):
    """Something nobody wanted. The message says what was being done, for whom, and what cures it."""


class OperatorError(BrokerError):
    """The people who run the broker must act."""


class SettingsError(OperatorError):
    """A setting is missing or wrong."""


class ToolMissing(OperatorError):
    """A pinned external tool is not on this machine in the version that is needed."""


class RegistryBroken(OperatorError):
    """The registry cannot be trusted as it stands: rewritten history, a broken chain of keys, an unreadable record."""


class NameUnknown(OperatorError):
    """Nothing has the name that was asked for; the message tells the names that there are."""


class CannotDraft(OperatorError):
    """A document cannot be written as asked: what it should be about is not there, or does not allow it."""


class AttachmentMissing(OperatorError):
    """A file that a document names is not in the attachment store, or the store does not let this user read it."""


class LedgerUnavailable(OperatorError):
    """The ledger's database does not answer."""


class SecretsUnavailable(OperatorError):
    """The vault that keeps secrets does not answer, or refuses."""


class CloudError(BrokerError):
    """A cloud refused or did not answer."""


class Stopped(CloudError):
    """Work on a cloud left off because it was asked to; whoever runs it again goes on from there."""


class EngineError(BrokerError):
    """A Pulumi run ended without doing what it was asked to."""
