-- Every trace with what became of it and what it took, without its texts: what the report counts. The length of a
-- trace is its completion tokens, and a quarter of its characters where nobody counted them.
SELECT
    o.trace_id, o.problem_id, coalesce(o.source, 'unknown') AS source, coalesce(o.domain, 'unknown') AS domain,
    o.teacher_id, t.recipe_id, o.purpose, o.described, o.outcome, o.verifier,
    CASE WHEN o.outcome <> 'accepted' THEN o.reason END AS reason,
    CASE WHEN o.outcome = 'rejected' THEN coalesce(o.verifier, 'unknown') END AS rejected_by,
    t.error IS NULL AS completed, t.prompt_tokens, t.completion_tokens, t.cost_usd,
    coalesce(t.completion_tokens, c.tokens) AS tokens,
    o.trace_id IN (SELECT trace_id FROM examples) AS chosen
FROM outcomes o
JOIN ledger_traces t USING (trace_id)
LEFT JOIN (
    SELECT trace_id, (length(coalesce(reasoning, '')) + length(coalesce(response, ''))) // 4 AS tokens
    FROM ledger_traces
    WHERE completion_tokens IS NULL
) c USING (trace_id)
