"""Problem sources: one file per format, found by its name."""
