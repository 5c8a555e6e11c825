-- For the problems in batch_problems: what is on record of them now, and whether this pass has seen them.
SELECT b.problem_id, q.content_hash AS recorded, p.content_hash AS present
FROM batch_problems b
LEFT JOIN (
    SELECT problem_id, max_by(content_hash, created_at) AS content_hash FROM ledger_problems GROUP BY problem_id
) q ON q.problem_id = b.problem_id
LEFT JOIN present_problems p ON p.problem_id = b.problem_id
