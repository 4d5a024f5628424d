"""Make oslo.messaging's in-memory transport wake its listeners at once: as shipped it polls each queue every 50 ms."""

import threading
import time

from oslo_messaging._drivers import base, impl_fake

LONGEST_PAUSE_S = 0.5


def tune():
    """Replace delivery and polling of the fake driver; before the service opens its transport."""
    arrived = threading.Condition()
    deliver = impl_fake.FakeExchange.deliver_message

    def deliver_message(self, *args, **kwargs):
        result = deliver(self, *args, **kwargs)
        with arrived:
            arrived.notify_all()
        return result

    def poll(self, timeout=None):
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._stopped.is_set():
            with arrived:
                message = next_message(self)
                if message is not None:
                    return message
                pause = LONGEST_PAUSE_S if deadline is None else min(LONGEST_PAUSE_S, deadline - time.monotonic())
                if pause <= 0:
                    return None
                arrived.wait(pause)
        return None

    impl_fake.FakeExchange.deliver_message = deliver_message
    impl_fake.FakeListener.poll = base.batch_poll_helper(poll)


def next_message(listener):
    """The first message that waits for any target of the listener, or None."""
    for target in listener._targets:
        exchange = listener._exchange_manager.get_exchange(target.exchange)
        context, message, reply_queue, requeue = exchange.poll(target, listener._pool)
        if message is not None:
            return impl_fake.FakeIncomingMessage(context, message, reply_queue, requeue)
    return None
