-- What the selected examples came from: who wrote them, where, over whose problems, under which agreements, and which
-- judges passed some of them. Where an example is a rewrite, also who wrote what it was made from.
WITH behind AS (
    SELECT trace_id, source, license FROM curated
    UNION ALL
    SELECT parent_id, source, license FROM curated WHERE parent_id IS NOT NULL
)
SELECT
    t.teacher_id, t.host, t.model, c.source, c.license, t.decision_id,
    any_value(coalesce(d.overrides, [])) AS overrides,
    list_sort(list_distinct(flatten(list(coalesce(b.judges, []))))) AS judges,
    min(t.created_at) AS first, max(t.created_at) AS last, count(*) AS rows
FROM behind c
JOIN ledger_traces t USING (trace_id)
LEFT JOIN passed_by b USING (trace_id)
LEFT JOIN (SELECT DISTINCT ON (decision_id) decision_id, overrides FROM ledger_decisions) d ON d.decision_id = t.decision_id
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 1, 2, 3, 4, 5, 6
