-- Traces whose problem and text are equal to those of another one but for white space; the first stands for all.
SELECT id, survivor
FROM (
    SELECT
        trace_id AS id,
        first_value(trace_id) OVER (PARTITION BY prompt_hash, text_hash ORDER BY problem_id, trace_id) AS survivor
    FROM looked_at
    ANTI JOIN contaminated USING (trace_id)
    ANTI JOIN (SELECT id AS problem_id FROM duplicate_problems) USING (problem_id)
)
WHERE id <> survivor
