"""What makes calling teachers fast and safe: what is wanted, limits, retries, budget and the sampler."""
