"""Builds what issuing reports needs from the deployment's settings."""

import contextlib
import os
from collections.abc import Iterator
from datetime import datetime

from broker import wiring as broker_wiring
from broker.cache_folder import user_cache
from broker.settings import Settings
from monitoring.metering.policy import policy_of, shipped
from monitoring.reports.desk import Desk
from monitoring.reports.fonts import folders
from monitoring.reports.formats.pdf import press
from monitoring.utilisation.names import use_settings


@contextlib.contextmanager
def desk(settings: Settings, as_of: datetime | None) -> Iterator[Desk]:
    """Everything that issuing reports needs.

    Raises:
        SettingsError: The attachment store cannot be opened, or a setting or the utilisation policy is wrong.
        RegistryBroken: The registry cannot be read.
        LedgerUnavailable: The database does not answer.
    """
    own = use_settings(settings.utilisation).policy
    with broker_wiring.archive(settings, as_of) as archive:
        yield Desk(
            registry=archive.registry,
            closed=archive.closed,
            store=archive.store,
            record=archive.record,
            press=lambda: press(folders(settings.report_fonts, user_cache(os.environ))),
            clock=archive.clock,
            simulated=archive.simulated,
            policies=(*shipped(), *((policy_of(own),) if own else ())),
        )
