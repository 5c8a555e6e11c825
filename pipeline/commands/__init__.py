"""What the command line calls: each command's reading of its options and printing of its results."""
