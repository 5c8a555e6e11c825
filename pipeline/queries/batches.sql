-- Every batch that was planned: what is known of it, which id the provider gave it last, and whether it is closed.
SELECT
    p.subject AS key, p.run_id, p.details,
    CASE WHEN i.last = 'batch_submitted' THEN i.batch_id END AS batch_id,
    i.guessed,
    i.batch_ids,
    p.subject IN (SELECT subject FROM ledger_events WHERE kind = 'batch_closed') AS closed
FROM ledger_events p
LEFT JOIN (
    SELECT
        subject,
        arg_max(kind, created_at) AS last,
        arg_max(details ->> '$.batch_id', created_at) AS batch_id,
        arg_max(coalesce(details ->> '$.guessed', 'false') = 'true', created_at) AS guessed,
        list(DISTINCT details ->> '$.batch_id') AS batch_ids
    FROM ledger_events
    WHERE kind IN ('batch_submitted', 'batch_mistaken')
    GROUP BY subject
) i ON i.subject = p.subject
WHERE p.kind = 'batch_planned'
ORDER BY p.created_at
