"""Teachers: one file per protocol, each turning a request into one completion."""
