-- What every trace of the workspace has cost, in US dollars.
SELECT coalesce(sum(cost_usd), 0)::DOUBLE AS usd FROM ledger_traces
