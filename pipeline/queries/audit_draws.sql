-- The draws that are on record, an event for each stratum.
SELECT event_id FROM events WHERE kind = 'audit-drawn'
