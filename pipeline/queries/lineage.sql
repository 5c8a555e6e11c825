-- Who wrote the traces that were sampled for training, and with which prompt.
SELECT teacher_id, model, host, prompt_id, prompt_hash, count(*) AS traces
FROM ledger_traces
WHERE purpose IN ('train', 'rewrite')
GROUP BY ALL
ORDER BY ALL
