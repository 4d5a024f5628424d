"""How much of what was allocated is used: one question, asked of Prometheus, Gnocchi, a Ceph gateway or Swift."""
