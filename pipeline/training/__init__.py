"""Training a student: from examples to tokens, checks before anything is trained, and the trainer itself."""
