"""The alerts Plinth ships, one module per subject."""
