-- What one run sampled: how many answers and failures of each kind, and what they took.
SELECT
    teacher_id, purpose, coalesce(error, '') AS error,
    count(*) AS samples,
    coalesce(sum(prompt_tokens), 0)::BIGINT AS prompt_tokens,
    coalesce(sum(completion_tokens), 0)::BIGINT AS completion_tokens,
    coalesce(sum(cost_usd), 0) AS cost_usd
FROM ledger_traces
WHERE run_id = $run_id
GROUP BY ALL
ORDER BY ALL
