"""The isolation that model-written programs run in, and the processes that judge them."""
