-- Traces that shall go: of problems that go, and of teachers; with rewrites of these, and what judges said of them.
WITH written AS (
    SELECT trace_id FROM ledger_traces
    WHERE problem_id IN (SELECT problem_id FROM forgotten_problems) OR teacher_id IN (SELECT name FROM asked_teachers)
),
derived AS (
    FROM written
    UNION
    SELECT trace_id FROM ledger_traces WHERE parent_id IN (SELECT trace_id FROM written)
)
FROM derived
UNION
SELECT unnest(json_extract_string(details, '$.votes[*].trace_id')) AS trace_id
FROM ledger_verdicts
WHERE verifier = 'judge' AND trace_id IN (SELECT trace_id FROM derived)
