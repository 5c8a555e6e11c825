-- Mean tokens of a teacher's traces here, with the 95% interval of completions, and the share that was accepted.
SELECT
    count(*) AS traces,
    avg(t.prompt_tokens) AS prompt,
    avg(t.completion_tokens) AS mean,
    1.96 * stddev_samp(t.completion_tokens) / sqrt(count(*)) AS margin,
    count(*) FILTER (o.outcome = 'accepted') / nullif(count(*) FILTER (o.outcome <> 'pending'), 0) AS accepted_share
FROM ledger_traces t JOIN outcomes o USING (trace_id)
WHERE t.teacher_id = $teacher_id AND t.purpose = 'train' AND t.completion_tokens IS NOT NULL
