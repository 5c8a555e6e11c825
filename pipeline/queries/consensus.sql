-- The answers that traces agree on and that count as references: the latest word on each wording of a problem.
SELECT
    subject AS problem_id, details ->> '$.revision' AS revision,
    arg_max(details ->> '$.answer', created_at) AS answer,
    arg_max(details ->> '$.reference_hash', created_at) AS reference_hash,
    arg_max(CAST(details ->> '$.share' AS DOUBLE), created_at) AS share
FROM ledger_events
WHERE kind = 'consensus'
GROUP BY 1, 2
HAVING share >= $min_share AND arg_max(CAST(details ->> '$.traces' AS BIGINT), created_at) >= $min_traces
