"""The command ``plinth``: bring a stack up, preview it, take it down, look at the machine."""
