-- Which of the traces in wanted_traces the ledger holds.
SELECT trace_id FROM ledger_traces WHERE trace_id IN (SELECT trace_id FROM wanted_traces)
