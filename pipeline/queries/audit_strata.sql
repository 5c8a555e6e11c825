-- The strata of an audit: how many traces each has, and what the labels say of them.
SELECT
    p.domain, p.outcome, p.verifier, count(*) AS size, count(l.trace_id) AS labelled,
    count(*) FILTER (l.verdict <> 'defer') AS decided,
    count(*) FILTER (
        p.outcome = 'accepted' AND l.verdict = 'reject' OR p.outcome = 'rejected' AND l.verdict = 'accept'
    ) AS errors
FROM audit_population p
LEFT JOIN audit_labels l USING (trace_id)
GROUP BY ALL
ORDER BY ALL
