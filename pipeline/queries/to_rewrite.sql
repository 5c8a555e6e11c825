-- Accepted traces that are long enough to be rewritten.
SELECT t.trace_id
FROM ledger_traces t
JOIN outcomes o USING (trace_id)
WHERE o.outcome = 'accepted' AND o.described AND o.purpose = 'train'
    AND coalesce(t.completion_tokens, (length(coalesce(t.reasoning, '')) + length(coalesce(t.response, ''))) // 4) >= $min_tokens
