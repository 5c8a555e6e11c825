-- What every run in the workspace has spent, in US dollars. A reservation that was never settled belongs to a
-- run that was killed: what it asked for may have been billed, so it counts in full. A run without a budget
-- reserves nothing; there the cost of its traces counts.
WITH reserved AS (
    SELECT
        r.run_id,
        coalesce(CAST(s.details ->> '$.usd' AS DOUBLE), CAST(r.details ->> '$.usd' AS DOUBLE)) AS usd
    FROM ledger_events r
    LEFT JOIN (
        -- A run that was killed while it closed a batch settles that again.
        SELECT subject, arg_max(details, created_at) AS details FROM ledger_events WHERE kind = 'settled' GROUP BY subject
    ) s ON s.subject = r.details ->> '$.key'
    WHERE r.kind = 'reserved'
)
SELECT
    (SELECT coalesce(sum(usd), 0) FROM reserved)
    + (SELECT coalesce(sum(cost_usd), 0) FROM ledger_traces WHERE run_id NOT IN (SELECT run_id FROM reserved)) AS usd
