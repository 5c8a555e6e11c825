-- The traces of one teacher that the ledger holds.
SELECT trace_id FROM ledger_traces WHERE teacher_id = $teacher_id
