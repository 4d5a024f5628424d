"""What stands for Octavia's controller worker: it brings about whatever the database says is pending, without amphorae.

It keeps nothing in memory, so what was pending when the process was killed is brought about by the next one. For tests
a file `fail` in its folder names the pending states that end in ERROR, and a file `hold` leaves everything pending.
"""

import threading

from octavia.api.drivers.driver_agent.driver_updater import DriverUpdater
from octavia.common import constants, utils
from octavia.db import api as database
from octavia.db import models, repositories
from oslo_log import log

DELAY_S = 0.15
"""Before each round: about what a client needs to meet the pending state, as it does with a real worker."""
EVERY_S = 1.0
PENDING = (constants.PENDING_CREATE, constants.PENDING_UPDATE, constants.PENDING_DELETE)
_LOG = log.getLogger(__name__)
_told = threading.Event()


def cast(context, method, **payload):
    """Be told that something is pending; the signature is that of an RPC client."""
    _told.set()


def start(alone, folder):
    """Work in a thread of its own, each round under the lock `alone`."""
    threading.Thread(target=_work, args=(alone, folder), name="octavia-worker", daemon=True).start()


def _work(alone, folder):
    pause = threading.Event()
    while True:
        _told.wait(EVERY_S)
        _told.clear()
        pause.wait(DELAY_S)
        if (folder / "hold").exists():
            continue
        try:
            with alone:
                settle(failing=_words(folder / "fail"))
        except Exception:  # noqa: BLE001 - whatever it was, the worker must live on for the next round
            _LOG.exception("a round of the worker ended early; the next one goes on")


def _words(file):
    return file.read_text().split() if file.exists() else []


def settle(*, failing):
    """Bring about what is pending of every load balancer."""
    session, table = database.get_session(), models.LoadBalancer
    with session.begin():
        ids = [row.id for row in session.query(table.id).filter(table.provisioning_status.in_(PENDING))]
        balancers = [repositories.LoadBalancerRepository().get(session, id=id_) for id_ in ids]
    for balancer in balancers:
        fails = balancer.provisioning_status in failing
        if not fails and balancer.provisioning_status != constants.PENDING_DELETE:
            utils.get_network_driver().update_vip_sg(balancer, balancer.vip)
        answer = DriverUpdater().update_loadbalancer_status(statuses(balancer, fails=fails))
        _LOG.info("load balancer %s: %s", balancer.id, answer)


def statuses(balancer, *, fails):
    """The new states of the load balancer and of its parts, as a provider reports them."""
    goes = balancer.provisioning_status == constants.PENDING_DELETE
    found = {
        constants.LISTENERS: _all(balancer.listeners, fails=fails, goes=goes),
        constants.POOLS: _all(balancer.pools, fails=fails, goes=goes),
        constants.MEMBERS: [],
        constants.HEALTHMONITORS: [],
        constants.LOADBALANCERS: _all([balancer], fails=fails, goes=goes),
    }
    for pool in balancer.pools:
        pool_goes = goes or pool.provisioning_status == constants.PENDING_DELETE
        monitors = [pool.health_monitor] if pool.health_monitor else []
        found[constants.MEMBERS] += _all(pool.members, fails=fails, goes=pool_goes)
        found[constants.HEALTHMONITORS] += _all(monitors, fails=fails, goes=pool_goes)
    return found


def _all(parts, *, fails, goes):
    return [_status(part, fails=fails, goes=goes) for part in parts]


def _status(part, *, fails, goes):
    """A part that nothing was asked of is made sound too: a failover mends what an earlier error left."""
    if fails:
        state = (constants.ERROR, constants.ERROR)
    elif goes or part.provisioning_status == constants.PENDING_DELETE:
        return {"id": part.id, constants.PROVISIONING_STATUS: constants.DELETED}
    else:
        state = (constants.ACTIVE, constants.ONLINE)
    return {"id": part.id, constants.PROVISIONING_STATUS: state[0], constants.OPERATING_STATUS: state[1]}
