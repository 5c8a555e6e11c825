-- What became of the rewrites of traces that are accepted now.
SELECT o.outcome, count(*) AS traces
FROM outcomes o
JOIN ledger_traces t USING (trace_id)
JOIN outcomes parent ON parent.trace_id = t.parent_id
WHERE o.purpose = 'rewrite' AND o.described AND parent.outcome = 'accepted'
GROUP BY 1 ORDER BY 1
