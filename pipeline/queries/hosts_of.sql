-- Hosts that a teacher has answered from, with their ports.
SELECT DISTINCT host FROM ledger_traces WHERE teacher_id = $teacher_id AND purpose = 'train' ORDER BY host
