-- Traces that hold a problem of an evaluation set, in their own text or in their problem's.
SELECT trace_id, set_name, evaluation_id FROM looked_at JOIN problem_hits ON problem_hits.id = looked_at.problem_id
UNION
SELECT id AS trace_id, set_name, evaluation_id FROM trace_hits
