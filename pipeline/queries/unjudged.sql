-- Traces of one purpose that wait for a judge, each with how often judging it has failed. Only of traces that the
-- configuration describes: a judge costs money.
SELECT o.trace_id, coalesce(v.attempt, -1) + 1 AS attempt
FROM outcomes o
JOIN judgements j USING (trace_id)
LEFT JOIN judge_verdicts v USING (trace_id)
WHERE o.purpose = $purpose AND o.described AND o.outcome = 'pending' AND j.to_judge
