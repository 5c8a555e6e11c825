-- What the traces cost; null where no price is known.
SELECT
    sum(t.cost_usd) AS usd,
    count(*) FILTER (t.cost_usd IS NULL AND t.error IS NULL) AS unpriced,
    sum(t.prompt_tokens)::BIGINT AS prompt_tokens,
    sum(t.completion_tokens)::BIGINT AS completion_tokens,
    sum(t.cost_usd) / nullif(count(*) FILTER (o.outcome = 'accepted'), 0) AS usd_per_accepted,
    (sum(t.completion_tokens) / nullif(count(*) FILTER (o.outcome = 'accepted'), 0))::DOUBLE AS tokens_per_accepted
FROM ledger_traces t JOIN outcomes o USING (trace_id)
WHERE t.purpose = 'train' AND o.described
