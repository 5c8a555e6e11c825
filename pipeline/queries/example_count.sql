-- How many examples the latest selection holds.
SELECT count(*) AS examples FROM examples
