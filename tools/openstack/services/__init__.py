"""What runs inside the OpenStack environment: one process per service, its API together with all its workers.

These modules import packages of that environment, not of the project's; nothing of the project but themselves.
"""
