"""Prometheus: what it scrapes, evaluates, keeps and sends on."""
