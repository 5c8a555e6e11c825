-- Ids of the problems that shall go.
SELECT problem_id FROM forgotten_problems
