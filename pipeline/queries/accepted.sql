-- Every accepted trace that the configuration describes, with what it is chosen by: the least preference comes first.
SELECT
    t.trace_id, t.problem_id, t.problem_revision AS revision, coalesce(o.source, 'unknown') AS source,
    CASE $prefer
        WHEN 'shortest' THEN length(coalesce(t.reasoning, '')) + length(coalesce(t.response, ''))
        WHEN 'longest' THEN -length(coalesce(t.reasoning, '')) - length(coalesce(t.response, ''))
        ELSE t.sample_index
    END AS preference,
    md5(trim(regexp_replace(p.prompt, '\s+', ' ', 'g'))) AS prompt_hash,
    md5(trim(regexp_replace(coalesce(t.reasoning, '') || ' ' || coalesce(t.response, ''), '\s+', ' ', 'g'))) AS text_hash
FROM outcomes o
JOIN ledger_traces t USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
WHERE o.outcome = 'accepted' AND o.described AND o.purpose = 'train'
