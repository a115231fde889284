"""Pages of panels, one module per subject."""
