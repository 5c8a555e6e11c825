-- Hashes of the rows that were taken out of each segment.
SELECT details ->> '$.segment' AS segment, CAST(details -> '$.rows' AS VARCHAR[]) AS rows
FROM events
WHERE kind = 'forgotten'
ORDER BY created_at
