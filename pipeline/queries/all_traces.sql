-- The traces that are looked at.
SELECT trace_id AS id FROM looked_at
