"""ML2's own Open vSwitch driver without its agent: QoS, security groups, segments and vif type are the in-tree code."""

from neutron.plugins.ml2.drivers.openvswitch.mech_driver import mech_openvswitch
from neutron_lib import constants
from neutron_lib.callbacks import events, registry, resources
from neutron_lib.plugins import constants as plugin_constants
from neutron_lib.plugins import directory
from neutron_lib.plugins.ml2 import api


class SandboxMechanismDriver(mech_openvswitch.OpenvswitchMechanismDriver):
    """Binds every port to any host and reports it wired at once; floating IPs become ACTIVE when associated."""

    def initialize(self):
        """Listen for floating IPs too: there is no L3 agent either."""
        super().initialize()
        for event in (events.AFTER_CREATE, events.AFTER_UPDATE):
            registry.subscribe(self._set_floating_ip_status, resources.FLOATING_IP, event)

    def _set_floating_ip_status(self, resource, event, trigger, payload):
        address = payload.latest_state
        active = address["port_id"] is not None
        status = constants.FLOATINGIP_STATUS_ACTIVE if active else constants.FLOATINGIP_STATUS_DOWN
        if address["status"] != status:
            router = directory.get_plugin(plugin_constants.L3)
            router.update_floatingip_status(payload.context.elevated(), address["id"], status)

    def _insert_provisioning_block(self, context):
        """Nothing: no agent will ever report the wiring as finished."""

    def bind_port(self, context):
        """Bind to the first segment, whatever the host."""
        for segment in context.segments_to_bind[:1]:
            status = constants.PORT_STATUS_ACTIVE
            context.set_binding(segment[api.ID], self.vif_type, dict(self.vif_details), status=status)
