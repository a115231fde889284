"""Proving a Pulumi program without a cloud."""
