-- Every accepted trace with what becomes of it, its rank and why it is taken or left. Each rule that leaves traces out
-- has a table of its own, made before, or a step of its own below; the first that fits a trace decides.
WITH contaminations AS (
    SELECT trace_id, min(set_name || '/' || evaluation_id) AS contaminated_by FROM contaminated GROUP BY trace_id
),
left_out AS (
    SELECT
        l.trace_id, l.problem_id, l.source, l.domain, l.teacher_id, l.pass_rate, l.tokens, l.preference,
        CASE
            WHEN c.contaminated_by IS NOT NULL THEN 'contaminated'
            WHEN coalesce(p.survivor, t.survivor) IS NOT NULL THEN 'duplicate'
            WHEN l.pass_rate < $min_pass_rate THEN 'too hard'
            WHEN l.pass_rate > $max_pass_rate THEN 'too easy'
        END AS left_for,
        CASE left_for
            WHEN 'contaminated' THEN 'contaminated by ' || c.contaminated_by
            WHEN 'duplicate' THEN 'duplicate of ' || coalesce(p.survivor, t.survivor)
            ELSE left_for || ': pass rate ' || round(l.pass_rate, 2)
        END AS reason
    FROM looked_at l
    LEFT JOIN contaminations c USING (trace_id)
    LEFT JOIN duplicate_problems p ON p.id = l.problem_id
    LEFT JOIN duplicate_traces t ON t.id = l.trace_id
),
ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY problem_id, left_for IS NULL ORDER BY coalesce(place, 0), preference, trace_id
        ) AS rank
    FROM left_out
    LEFT JOIN diverse_order USING (trace_id)
),
-- Where a quota or the budget leaves some out, this is who comes first: the best of every problem before the second
-- of any, and problems in an order that has nothing to do with what they are.
candidates AS (
    SELECT
        *,
        row_number() OVER (
            ORDER BY rank, CASE WHEN $middle_first THEN abs(pass_rate - 0.5) ELSE 0 END, md5(problem_id), trace_id
        ) AS turn
    FROM ranked
    WHERE left_for IS NULL AND rank <= $per_problem
),
limited AS (
    SELECT
        c.*,
        (SELECT arg_min(most, name = 'default') FROM quotas WHERE kind = 'source' AND name IN (c.source, 'default')) AS of_source,
        (SELECT arg_min(most, name = 'default') FROM quotas WHERE kind = 'domain' AND name IN (c.domain, 'default')) AS of_domain,
        (SELECT arg_min(most, name = 'default') FROM quotas WHERE kind = 'teacher' AND name IN (c.teacher_id, 'default')) AS of_teacher
    FROM candidates c
),
by_source AS (
    FROM limited
    QUALIFY of_source IS NULL OR row_number() OVER (PARTITION BY source ORDER BY turn) <= of_source
),
by_domain AS (
    FROM by_source
    QUALIFY of_domain IS NULL OR row_number() OVER (PARTITION BY domain ORDER BY turn) <= of_domain
),
by_teacher AS (
    FROM by_domain
    QUALIFY of_teacher IS NULL OR row_number() OVER (PARTITION BY teacher_id ORDER BY turn) <= of_teacher
),
within_budget AS (
    FROM by_teacher
    QUALIFY $max_tokens IS NULL OR sum(tokens) OVER (ORDER BY turn ROWS UNBOUNDED PRECEDING) <= $max_tokens
),
fates AS (
    SELECT
        trace_id, problem_id, rank, reason,
        CASE
            WHEN left_for IS NOT NULL THEN left_for
            WHEN rank > $per_problem THEN 'enough of this problem'
            WHEN trace_id NOT IN (SELECT trace_id FROM by_source) THEN 'enough of this source'
            WHEN trace_id NOT IN (SELECT trace_id FROM by_domain) THEN 'enough of this domain'
            WHEN trace_id NOT IN (SELECT trace_id FROM by_teacher) THEN 'enough of this teacher'
            WHEN trace_id NOT IN (SELECT trace_id FROM within_budget) THEN 'token budget is spent'
            ELSE 'selected'
        END AS fate
    FROM ranked
)
SELECT trace_id, problem_id, rank, fate, coalesce(reason, fate) AS reason
FROM fates
UNION ALL
SELECT trace_id, problem_id, NULL AS rank, 'rewritten' AS fate, 'rewritten as ' || rewrite_id AS reason
FROM rewritten
ORDER BY problem_id, trace_id
