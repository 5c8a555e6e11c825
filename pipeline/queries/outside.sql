-- Traces for training that the configuration does not describe any more: they stay, and are not counted elsewhere.
SELECT count(*) AS traces, coalesce(sum(t.cost_usd), 0)::DOUBLE AS usd
FROM ledger_traces t JOIN outcomes o USING (trace_id)
WHERE t.purpose = 'train' AND NOT o.described
