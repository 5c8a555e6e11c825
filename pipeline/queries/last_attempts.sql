-- What became of the samples in wanted_slots: the last attempt of each.
SELECT
    t.slot_id, t.attempt, t.max_tokens,
    coalesce(t.finish_reason, '') = 'length' AS cut,
    t.error IS NULL AND t.quarantine IS NULL AS answered
FROM ledger_traces t
JOIN (
    SELECT slot_id, max(attempt) AS attempt
    FROM ledger_traces
    WHERE slot_id IN (SELECT slot_id FROM wanted_slots)
    GROUP BY slot_id
) last USING (slot_id, attempt)
