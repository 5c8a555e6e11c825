-- The last attempt of everything that was asked for a purpose so far.
SELECT slot_id, trace_id, attempt, run_id, reasoning, response, finish_reason, max_tokens, error
FROM ledger_traces
WHERE purpose = $purpose AND quarantine IS NULL
QUALIFY row_number() OVER (PARTITION BY slot_id ORDER BY attempt DESC) = 1
