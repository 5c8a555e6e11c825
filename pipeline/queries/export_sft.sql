-- The examples that are exported, with their problems and traces.
SELECT * FROM curated WHERE trace_id IN (SELECT trace_id FROM exported) ORDER BY problem_id, trace_id
