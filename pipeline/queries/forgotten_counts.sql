-- How much shall go.
SELECT (SELECT count(*) FROM forgotten_problems) AS problems, (SELECT count(*) FROM forgotten_traces) AS traces
