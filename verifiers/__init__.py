"""What proves a trace right or wrong: one file per verifier, run as a cascade in order of cost."""
