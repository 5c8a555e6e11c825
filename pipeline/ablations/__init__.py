"""Comparisons of students that differ in what they were trained on."""
