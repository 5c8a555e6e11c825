-- How the verifiers, the judge and the cascade as a whole judged the traces of each stratum, with the labels of each kind of
-- verdict and the chance that the labelled trace had to be drawn. What is neither a pass nor a fail judges nothing.
WITH judged AS (
    SELECT
        trace_id, domain, outcome, verifier, 'cascade' AS judged_by, true AS proves,
        CASE outcome WHEN 'accepted' THEN 'pass' ELSE 'fail' END AS verdict
    FROM audit_population
    WHERE outcome <> 'undecided'
    UNION ALL
    SELECT p.trace_id, p.domain, p.outcome, p.verifier, g.verifier, g.proves, g.outcome
    FROM audit_population p
    JOIN given_verdicts g USING (trace_id)
    WHERE g.outcome IN ('pass', 'fail')
    UNION ALL
    SELECT p.trace_id, p.domain, p.outcome, p.verifier, 'judge', true, v.outcome
    FROM audit_population p
    JOIN judge_verdicts v USING (trace_id)
    WHERE v.outcome IN ('pass', 'fail')
), chances AS (
    SELECT trace_id, max(chance) AS chance
    FROM (
        SELECT
            unnest(CAST(details -> '$.traces' AS VARCHAR[])) AS trace_id,
            CAST(details ->> '$.positions' AS DOUBLE) / CAST(details ->> '$.size' AS DOUBLE) AS chance
        FROM events
        WHERE kind = 'audit-drawn'
    )
    GROUP BY trace_id
)
SELECT
    j.domain, j.outcome, j.verifier, j.judged_by, j.proves, j.verdict, count(*) AS size,
    list({'correct': l.verdict = 'accept', 'chance': c.chance} ORDER BY j.trace_id) FILTER (l.verdict <> 'defer') AS labels
FROM judged j
LEFT JOIN audit_labels l USING (trace_id)
LEFT JOIN chances c USING (trace_id)
GROUP BY j.domain, j.outcome, j.verifier, j.judged_by, j.proves, j.verdict
ORDER BY j.domain, j.judged_by <> 'cascade', j.judged_by, j.verdict, j.outcome, j.verifier
