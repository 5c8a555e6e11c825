-- The examples with their problems and traces.
SELECT * FROM curated ORDER BY problem_id, trace_id
