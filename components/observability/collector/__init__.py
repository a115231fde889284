"""The OpenTelemetry Collector: what is received, enriched and sent where."""
