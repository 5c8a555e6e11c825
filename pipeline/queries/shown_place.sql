-- Which problem a trace answers, and what became of it.
SELECT trace_id, problem_id, outcome FROM shown WHERE trace_id = $trace_id
