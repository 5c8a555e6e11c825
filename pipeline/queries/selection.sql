-- Every accepted trace with what becomes of it, its rank and why it is taken or left. Each rule that leaves traces out
-- has a table of its own, made before; the first that fits a trace decides.
WITH contaminations AS (
    SELECT trace_id, min(set_name || '/' || evaluation_id) AS contaminated_by FROM contaminated GROUP BY trace_id
),
left_out AS (
    SELECT
        l.trace_id, l.problem_id, l.preference,
        CASE
            WHEN c.contaminated_by IS NOT NULL THEN 'contaminated'
            WHEN coalesce(p.survivor, t.survivor) IS NOT NULL THEN 'duplicate'
        END AS left_for,
        CASE
            WHEN c.contaminated_by IS NOT NULL THEN 'contaminated by ' || c.contaminated_by
            ELSE 'duplicate of ' || coalesce(p.survivor, t.survivor)
        END AS reason
    FROM looked_at l
    LEFT JOIN contaminations c USING (trace_id)
    LEFT JOIN duplicate_problems p ON p.id = l.problem_id
    LEFT JOIN duplicate_traces t ON t.id = l.trace_id
),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY problem_id, left_for IS NULL ORDER BY preference, trace_id) AS rank
    FROM left_out
)
SELECT
    trace_id, problem_id, rank,
    CASE
        WHEN left_for IS NOT NULL THEN left_for
        WHEN rank > $per_problem THEN 'enough of this problem'
        ELSE 'selected'
    END AS fate,
    coalesce(reason, fate) AS reason
FROM ranked
ORDER BY problem_id, trace_id
