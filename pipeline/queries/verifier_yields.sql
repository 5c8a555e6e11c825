-- How each verifier that the configuration asks for judged the traces it saw.
SELECT
    w.verifier, w.position, w.required,
    count(w.outcome) AS judged,
    count(*) FILTER (w.outcome = 'pass') AS passed,
    count(*) FILTER (w.outcome = 'fail') AS failed,
    count(*) FILTER (w.outcome = 'undecided') AS undecided,
    count(*) FILTER (w.outcome = 'error') AS errors,
    min(w.reason) FILTER (w.outcome = 'fail') AS example
FROM wanted_verdicts w
JOIN reported o USING (trace_id)
WHERE o.purpose = 'train' AND o.described AND o.outcome NOT IN ('superseded', 'quarantined', 'failed')
GROUP BY ALL ORDER BY w.position, w.verifier
