"""Forms of a data set, one file each, and how their rows become files."""
