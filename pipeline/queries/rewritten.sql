-- Accepted traces of which there is a rewrite that was accepted too: it takes their place.
SELECT o.trace_id, o.problem_id, min(t.trace_id) AS rewrite_id
FROM outcomes o
JOIN ledger_traces t ON t.parent_id = o.trace_id
JOIN outcomes r ON r.trace_id = t.trace_id
WHERE o.purpose = 'train' AND o.described AND o.outcome = 'accepted'
    AND r.purpose = 'rewrite' AND r.described AND r.outcome = 'accepted'
GROUP BY 1, 2
