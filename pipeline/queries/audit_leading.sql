-- How many traces at the head of each stratum are labelled without a gap.
SELECT o.domain, o.outcome, o.verifier, coalesce(min(o.place) FILTER (l.trace_id IS NULL) - 1, count(*)) AS leading
FROM audit_order o
LEFT JOIN audit_labels l USING (trace_id)
GROUP BY ALL
