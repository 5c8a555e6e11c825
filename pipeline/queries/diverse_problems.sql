-- The wordings of the sample's problems; of a problem that was asked in several, one.
SELECT problem_id, min(prompt) AS prompt, arg_min(answer, prompt) AS answer
FROM diverse
GROUP BY problem_id
ORDER BY problem_id
