-- The texts of the traces that are sought, of one piece of the ledger.
SELECT t.trace_id, l.prompt_hash, t.reasoning, t.response
FROM piece_traces t
JOIN looked_at l USING (trace_id)
SEMI JOIN sought ON sought.id = t.trace_id
