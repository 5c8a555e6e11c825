"""What a corpus should not hold: the same thing twice, and what its student will be measured on."""
