-- What became of the samples in wanted_slots: the last attempt of each.
SELECT
    slot_id,
    max(attempt) AS attempt,
    arg_max(max_tokens, attempt) AS max_tokens,
    coalesce(arg_max(finish_reason, attempt), '') = 'length' AS cut,
    bool_or(error IS NULL) AS answered
FROM ledger_traces
WHERE slot_id IN (SELECT slot_id FROM wanted_slots)
GROUP BY slot_id
