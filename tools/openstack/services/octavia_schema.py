"""Make Octavia's database on SQLite: `octavia_schema URL`.

Its migrations cannot run there, so the newest schema is built from the models and the tables of allowed words are
filled, as Octavia does in its own functional tests.
"""

import sys

import sqlalchemy
from octavia.common import constants
from octavia.db import base_models, models
from octavia_lib.common import constants as lib_constants
from sqlalchemy import orm

WORDS = (
    (models.ProvisioningStatus, constants.SUPPORTED_PROVISIONING_STATUSES),
    (models.HealthMonitorType, constants.SUPPORTED_HEALTH_MONITOR_TYPES),
    (models.Algorithm, constants.SUPPORTED_LB_ALGORITHMS),
    (models.Protocol, lib_constants.LISTENER_SUPPORTED_PROTOCOLS),
    (models.OperatingStatus, constants.SUPPORTED_OPERATING_STATUSES),
    (models.SessionPersistenceType, constants.SUPPORTED_SP_TYPES),
    (models.AmphoraRoles, constants.SUPPORTED_AMPHORA_ROLES),
    (models.LBTopology, constants.SUPPORTED_LB_TOPOLOGIES),
    (models.VRRPAuthMethod, constants.SUPPORTED_VRRP_AUTH),
    (models.L7RuleType, constants.SUPPORTED_L7RULE_TYPES),
    (models.L7RuleCompareType, constants.SUPPORTED_L7RULE_COMPARE_TYPES),
    (models.L7PolicyAction, constants.SUPPORTED_L7POLICY_ACTIONS),
    (models.ClientAuthenticationMode, constants.SUPPORTED_CLIENT_AUTH_MODES),
)


def main(url: str) -> None:
    """Build the schema and its rows."""
    engine = sqlalchemy.create_engine(url)
    base_models.BASE.metadata.create_all(engine)
    with orm.Session(engine) as session, session.begin():
        session.add_all(model(name=name) for model, names in WORDS for name in names)


if __name__ == "__main__":
    main(sys.argv[1])
