-- What became of each sample of one teacher: its last attempt, and whether that was accepted where it is asked.
-- Slots are 128-bit hashes in hexadecimal; as numbers they take a third of the space.
SELECT
    CAST(t.slot_id AS UUID) AS slot,
    t.attempt, t.max_tokens,
    coalesce(t.finish_reason, '') = 'length' AS cut,
    t.error IS NULL AND t.quarantine IS NULL AS answered
FROM ledger_traces t
JOIN (
    SELECT slot_id, max(attempt) AS attempt FROM ledger_traces
    WHERE teacher_id = $teacher_id AND purpose = $purpose
    GROUP BY slot_id
) last USING (slot_id, attempt)
