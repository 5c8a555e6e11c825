-- How many traces the question "unverified" gives.
SELECT count(*) AS traces
FROM (
    SELECT trace_id
    FROM wanted_verdicts
    WHERE purpose = $purpose
    GROUP BY trace_id
    HAVING bool_or(outcome IS NULL OR outcome = 'error')
        AND ($run_all OR NOT bool_or(required AND outcome IS NOT DISTINCT FROM 'fail'))
) w
JOIN ledger_traces t USING (trace_id)
WHERE t.quarantine IS NULL
    AND t.attempt = (SELECT max(attempt) FROM ledger_traces u WHERE u.slot_id = t.slot_id)
