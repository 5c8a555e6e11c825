-- Prompts and terms whose text is on record.
SELECT kind, subject, any_value(details) AS details
FROM events
WHERE kind IN ('prompt', 'policy')
GROUP BY ALL
ORDER BY ALL
