-- For the problems in batch_problems: what was on record of them, and whether this pass has seen them.
SELECT b.problem_id, q.content_hash AS recorded, p.content_hash AS present
FROM batch_problems b
LEFT JOIN recorded_problems q ON q.problem_id = b.problem_id
LEFT JOIN present_problems p ON p.problem_id = b.problem_id
