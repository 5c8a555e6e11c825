-- How many examples of the latest selection are not accepted, by what they are.
SELECT o.outcome, count(*)::BIGINT AS examples
FROM examples e
JOIN outcomes o USING (trace_id)
WHERE o.outcome <> 'accepted'
GROUP BY ALL
ORDER BY o.outcome
