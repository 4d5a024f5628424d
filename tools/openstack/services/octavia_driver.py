"""Octavia's own drivers, less what needs machines: a provider without worker, a network without compute."""

from octavia.api.drivers.amphora_driver.v2.driver import AmphoraProviderDriver
from octavia.db import repositories
from octavia.network.drivers.neutron import allowed_address_pairs, base

from tools.openstack.services import octavia_worker


class SandboxProvider(AmphoraProviderDriver):
    """The amphora provider as the API sees it: what it checks and refuses, and the VIP port that it makes in Neutron.

    What it would cast to the controller worker wakes the one of this process, which reads what to do from the database.
    """

    def __init__(self):
        # not the parent's: it opens RPC and keys for certificates
        self.client = octavia_worker
        self.repositories = repositories.Repositories()


class SandboxNetwork(allowed_address_pairs.AllowedAddressPairsDriver):
    """The real driver for Neutron; without a compute driver, since there is no amphora to plug a port into."""

    def __init__(self):
        base.BaseNeutronDriver.__init__(self)
        self._check_aap_loaded()
