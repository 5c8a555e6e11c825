-- Every accepted trace that the configuration describes, with what it is chosen by: the least preference comes first.
-- Where an accepted rewrite of it is there, that takes its place. With $unproven, rejected and undecided traces that say
-- something are there too; those that were cut off only with $cut_off.
-- A problem's pass rate is the share of accepted ones among its traces that are neither pending nor failed.
WITH pass_rates AS (
    SELECT
        problem_id,
        count(*) FILTER (outcome = 'accepted') / count(*) FILTER (outcome IN ('accepted', 'rejected', 'undecided'))
            AS pass_rate
    FROM outcomes
    WHERE described AND purpose = 'train'
    GROUP BY problem_id
)
SELECT
    t.trace_id, t.problem_id, t.problem_revision AS revision, coalesce(o.source, 'unknown') AS source,
    o.domain, t.teacher_id, r.pass_rate,
    coalesce(t.completion_tokens, (length(coalesce(t.reasoning, '')) + length(coalesce(t.response, ''))) // 4) AS tokens,
    CASE $prefer
        WHEN 'longest' THEN [-length(coalesce(t.reasoning, '')) - length(coalesce(t.response, ''))]
        WHEN 'first' THEN [t.sample_index]
        WHEN 'judge' THEN [-coalesce(s.score, 0), length(coalesce(t.reasoning, '')) + length(coalesce(t.response, ''))]
        ELSE [length(coalesce(t.reasoning, '')) + length(coalesce(t.response, ''))]
    END::DOUBLE[] AS preference,
    md5(trim(regexp_replace(p.prompt, '\s+', ' ', 'g'))) AS prompt_hash,
    md5(trim(regexp_replace(coalesce(t.reasoning, '') || ' ' || coalesce(t.response, ''), '\s+', ' ', 'g'))) AS text_hash
FROM outcomes o
LEFT JOIN judge_verdicts s USING (trace_id)
JOIN ledger_traces t USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
JOIN pass_rates r ON r.problem_id = t.problem_id
WHERE o.described
    AND (
        o.outcome = 'accepted' OR (
            $unproven AND o.purpose = 'train' AND o.outcome IN ('rejected', 'undecided')
            AND coalesce(t.reasoning, '') || coalesce(t.response, '') <> ''
            AND ($cut_off OR coalesce(t.finish_reason, '') <> 'length')
        )
    )
    AND ((o.purpose = 'train' AND t.trace_id NOT IN (SELECT trace_id FROM rewritten))
        OR (o.purpose = 'rewrite' AND t.trace_id IN (SELECT rewrite_id FROM rewritten)))
