"""The prompts that teachers are shown: one template a file, loaded, rendered and hashed by templates.py."""
