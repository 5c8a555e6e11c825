-- What the texts of an export came from. Its rows are all completions that the present configuration describes, or
-- only the examples, and what they were rewritten from, where no form that is written holds more ($whole).
SELECT
    t.teacher_id, t.host, t.model, p.source, p.license, t.decision_id,
    any_value(coalesce(d.overrides, [])) AS overrides,
    list_sort(list_distinct(flatten(list(coalesce(b.judges, []))))) AS judges,
    min(t.created_at) AS first, max(t.created_at) AS last, count(*) AS rows
FROM ledger_traces t
LEFT JOIN passed_by b USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
LEFT JOIN recipes r ON r.recipe_id = t.recipe_id
LEFT JOIN (SELECT DISTINCT ON (decision_id) decision_id, overrides FROM ledger_decisions) d ON d.decision_id = t.decision_id
WHERE t.purpose IN ('train', 'rewrite') AND (
    t.trace_id IN (SELECT trace_id FROM examples)
    OR t.trace_id IN (SELECT parent_id FROM ledger_traces WHERE trace_id IN (SELECT trace_id FROM examples))
    OR (
        $whole AND t.sample_index < r.k AND t.error IS NULL AND t.quarantine IS NULL
        AND t.decision_id NOT IN (FROM barred SELECT decision_id)
    )
)
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 1, 2, 3, 4, 5, 6
