"""What can be built: capability first, provider second."""
