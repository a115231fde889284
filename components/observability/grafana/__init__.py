"""Grafana: datasources, dashboards, sign-in."""
