-- What did not become an example, and why; some ids of each, the rest are in the view `outcomes`.
SELECT
    outcome, CASE WHEN outcome = 'quarantined' THEN reason ELSE coalesce(verifier, reason) END AS reason,
    count(*) AS traces, list_sort(list(trace_id))[1:5] AS trace_ids
FROM outcomes
WHERE outcome <> 'accepted'
GROUP BY 1, 2
ORDER BY outcome = 'quarantined' DESC, traces DESC, 1, 2
