-- Trainings whose examples held a trace that shall go.
SELECT DISTINCT subject AS train_id
FROM events
WHERE kind = 'trained' AND details ->> '$.curation_id' IN (
    SELECT curation_id FROM ledger_examples WHERE trace_id IN (SELECT trace_id FROM forgotten_traces)
)
ORDER BY train_id
