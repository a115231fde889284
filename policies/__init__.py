"""What is never allowed: rules over what would be deployed, whoever wrote it."""
