-- Domains of the problems that the last take-in saw.
SELECT DISTINCT domain FROM problems JOIN present_problems USING (problem_id) ORDER BY domain
