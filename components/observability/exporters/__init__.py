"""Exporters: what cannot speak for itself."""
