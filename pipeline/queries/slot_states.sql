-- The last attempts of the samples in wanted_slots; a sample that was never asked for has no row.
SELECT w.slot_id, s.attempt, s.max_tokens, s.cut, s.answered, a.slot IS NOT NULL AS accepted
FROM wanted_slots w
JOIN last_attempts s ON s.slot = CAST(w.slot_id AS UUID)
LEFT JOIN accepted_slots a USING (slot)
