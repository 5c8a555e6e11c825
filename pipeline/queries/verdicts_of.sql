-- The verdicts of one trace, the latest first.
SELECT verifier, version, outcome, score, reason, details, seconds, created_at
FROM ledger_verdicts WHERE trace_id = $trace_id ORDER BY created_at, verifier
