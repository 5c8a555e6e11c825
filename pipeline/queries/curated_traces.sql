-- The traces that trained, as decontamination looks at them.
SELECT t.trace_id, t.problem_id, t.problem_revision AS revision, '' AS prompt_hash, '' AS source
FROM examples e
JOIN ledger_traces t USING (trace_id)
