"""Keeps a workspace in order: merges small segments, looks for damage, copies it elsewhere, brings it up to date."""
