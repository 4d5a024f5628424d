"""A Prometheus for tests and the demo: the one of Debian 12, or another that is named."""
