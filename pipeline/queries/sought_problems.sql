-- The wordings of the problems that are sought, as their traces were asked them.
SELECT problem_id, prompt, answer
FROM problem_revisions
SEMI JOIN (SELECT problem_id, revision FROM looked_at JOIN sought ON sought.id = looked_at.problem_id)
    USING (problem_id, revision)
