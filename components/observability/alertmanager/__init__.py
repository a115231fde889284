"""Alertmanager: who hears of what, when."""
