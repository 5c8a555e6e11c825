-- Problems of evaluation sets that were found, for a message.
SELECT DISTINCT evaluation_id FROM contaminated ORDER BY evaluation_id LIMIT 5
