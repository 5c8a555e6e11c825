-- Accepted traces, or chosen ones, with the beginning of their texts: at most so many, drawn by the hash of their ids.
SELECT t.trace_id, t.problem_id, p.prompt, p.answer, left(concat_ws(' ', t.reasoning, t.response), $characters) AS text
FROM ledger_traces t
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
WHERE t.trace_id IN (
    SELECT trace_id FROM reported
    WHERE purpose = 'train' AND described AND CASE WHEN $chosen THEN chosen ELSE outcome = 'accepted' END
    ORDER BY md5(trace_id), trace_id
    LIMIT $most
)
