-- Traces that shall go: of problems that go, and of teachers.
SELECT trace_id FROM ledger_traces
WHERE problem_id IN (SELECT problem_id FROM forgotten_problems) OR teacher_id IN (SELECT name FROM asked_teachers)
