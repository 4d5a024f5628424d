"""Dashboards as values: who reads them, which figures they show, what each is asked with; Grafana's JSON from these."""
