-- What refers to something that the ledger does not hold, and what is there twice. Each row: what, how many, one of them.
SELECT what, count(*) AS rows, min(example) AS example
FROM (
    SELECT 'traces without the problem that they answer' AS what, trace_id AS example
    FROM ledger_traces ANTI JOIN (
        SELECT problem_id, revision AS problem_revision FROM ledger_problems
    ) p USING (problem_id, problem_revision)
    WHERE purpose NOT IN ('judge', 'synthesis')
    UNION ALL
    SELECT 'traces without the decision that they were sampled under', trace_id
    FROM ledger_traces ANTI JOIN ledger_decisions USING (decision_id)
    UNION ALL
    SELECT 'verdicts without their trace', verdict_id FROM ledger_verdicts ANTI JOIN ledger_traces USING (trace_id)
    UNION ALL
    SELECT 'reviews without their trace', review_id FROM ledger_reviews ANTI JOIN ledger_traces USING (trace_id)
    UNION ALL
    SELECT 'examples without their trace', example_id FROM ledger_examples ANTI JOIN ledger_traces USING (trace_id)
    UNION ALL
    SELECT 'traces that are there more than once', trace_id FROM ledger_traces GROUP BY trace_id HAVING count(*) > 1
    UNION ALL
    SELECT 'verdicts that are there more than once', verdict_id
    FROM ledger_verdicts GROUP BY verdict_id HAVING count(*) > 1
    UNION ALL
    SELECT 'events that are there more than once', event_id FROM ledger_events GROUP BY event_id HAVING count(*) > 1
    UNION ALL
    SELECT 'reviews that are there more than once', review_id
    FROM ledger_reviews GROUP BY review_id HAVING count(*) > 1
    UNION ALL
    SELECT 'traces without an outcome, or with several', trace_id
    FROM ledger_traces LEFT JOIN outcomes o USING (trace_id)
    GROUP BY trace_id
    HAVING count(o.outcome) <> count(DISTINCT trace_id)
)
GROUP BY what
ORDER BY what
