-- The seeds of the draws that labels were given to.
SELECT DISTINCT CAST(details ->> '$.seed' AS BIGINT) AS seed
FROM events
WHERE kind = 'audit-drawn'
    AND details ->> '$.draw_id' IN (SELECT draw_id FROM ledger_reviews WHERE draw_id IS NOT NULL)
ORDER BY ALL
