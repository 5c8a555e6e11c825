-- Every accepted trace that the configuration describes, with its rank and why it is taken or left.
-- Traces whose problem and text are equal but for white space are one; the first by trace_id stands for all.
WITH accepted AS (
    SELECT
        t.trace_id, t.problem_id, t.sample_index,
        length(coalesce(t.reasoning, '')) + length(coalesce(t.response, '')) AS size,
        md5(trim(regexp_replace(p.prompt, '\s+', ' ', 'g'))) AS prompt_hash,
        md5(trim(regexp_replace(coalesce(t.reasoning, '') || ' ' || coalesce(t.response, ''), '\s+', ' ', 'g'))) AS text_hash
    FROM outcomes o
    JOIN ledger_traces t USING (trace_id)
    JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
    WHERE o.outcome = 'accepted' AND o.described AND o.purpose = 'train'
),
distinct_texts AS (
    SELECT *, row_number() OVER (PARTITION BY prompt_hash, text_hash ORDER BY problem_id, trace_id) AS copy
    FROM accepted
),
ranked AS (
    SELECT
        trace_id, problem_id, copy,
        row_number() OVER (
            PARTITION BY problem_id, copy = 1
            ORDER BY
                CASE $prefer WHEN 'shortest' THEN size WHEN 'longest' THEN -size ELSE sample_index END, trace_id
        ) AS rank
    FROM distinct_texts
)
SELECT
    trace_id, problem_id, rank,
    CASE
        WHEN copy > 1 THEN 'duplicate'
        WHEN rank > $per_problem THEN 'enough of this problem'
        ELSE 'selected'
    END AS reason
FROM ranked
ORDER BY problem_id, trace_id
