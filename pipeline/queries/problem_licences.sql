-- The licences that the problems of the last take-in state, line by line.
SELECT DISTINCT source, license FROM problems JOIN present_problems USING (problem_id) ORDER BY ALL
