"""How often the verifiers are wrong: a blind sample for people to label, and what their labels say."""
