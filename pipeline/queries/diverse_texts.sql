-- The texts of the sample.
SELECT trace_id, text FROM diverse ORDER BY trace_id
