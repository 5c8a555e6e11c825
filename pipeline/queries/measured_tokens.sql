-- Mean completion tokens of a teacher's traces here, with its 95% interval.
SELECT
    count(*) AS traces,
    coalesce(greatest(avg(completion_tokens) - 1.96 * stddev_samp(completion_tokens) / sqrt(count(*)), 0), 0) AS low,
    coalesce(avg(completion_tokens) + 1.96 * stddev_samp(completion_tokens) / sqrt(count(*)), 0) AS high
FROM ledger_traces
WHERE teacher_id = $teacher_id AND purpose = 'train' AND completion_tokens IS NOT NULL
