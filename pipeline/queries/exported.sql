-- The traces behind the rows of the forms that are written, each with its problem's source and licence. A rewrite stays
-- out where the trace that it was made from does.
SELECT t.trace_id, t.teacher_id, t.model, t.decision_id, p.problem_id, p.domain, p.source, p.license
FROM ledger_traces t
JOIN outcomes o USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
LEFT JOIN ledger_traces w ON w.trace_id = t.parent_id
WHERE t.purpose IN ('train', 'rewrite') AND (
    (list_contains($scopes, 'everything') AND o.described)
    OR (
        list_contains($scopes, 'completions') AND o.described
        AND o.outcome NOT IN ('failed', 'quarantined', 'superseded')
    )
    OR (list_contains($scopes, 'examples') AND t.trace_id IN (SELECT trace_id FROM examples))
) AND NOT EXISTS (
    FROM left_out x
    WHERE x.source = p.source AND x.license IS NOT DISTINCT FROM p.license AND (
        (x.teacher_id = t.teacher_id AND x.host IS NOT DISTINCT FROM t.host AND x.model = t.model
            AND x.decision_id = t.decision_id)
        OR (x.teacher_id = w.teacher_id AND x.host IS NOT DISTINCT FROM w.host AND x.model = w.model
            AND x.decision_id = w.decision_id)
    )
)
