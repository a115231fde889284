"""Loki: what it stores where, and for how long."""
