-- Who wrote traces: how many for which purpose, and what became of them.
SELECT
    t.purpose, t.teacher_id, t.provider, t.host, t.model,
    list_sort(coalesce(list(DISTINCT t.served_model) FILTER (t.served_model <> t.model), [])) AS served_as,
    count(*) AS traces,
    count(*) FILTER (o.outcome = 'accepted') AS accepted,
    count(*) FILTER (o.outcome = 'quarantined') AS quarantined,
    count(e.trace_id) AS examples,
    CAST(min(t.created_at) AS DATE) AS first, CAST(max(t.created_at) AS DATE) AS last
FROM ledger_traces t
JOIN outcomes o USING (trace_id)
LEFT JOIN (SELECT DISTINCT trace_id FROM examples) e USING (trace_id)
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
