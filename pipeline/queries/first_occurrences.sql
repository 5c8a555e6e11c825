-- Which lines of a stretch of the problem sets hold a problem that no earlier line holds.
SELECT position FROM present_problems WHERE position >= $first AND position < $last ORDER BY position
