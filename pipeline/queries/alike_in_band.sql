-- Candidates of one band: texts that share its hash. In a large bucket each text meets the first and the eight before
-- it, not all of them, so that the pairs do not grow with the square of the bucket.
WITH shared AS (
    SELECT item, hash
    FROM query_table($band)
    SEMI JOIN alike_firsts USING (item)
    QUALIFY count(*) OVER (PARTITION BY hash) > 1
)
SELECT later, earlier
FROM (
    SELECT
        item AS later,
        unnest(list_distinct([
            first_value(item) OVER bucket, lag(item, 1) OVER bucket, lag(item, 2) OVER bucket, lag(item, 3) OVER bucket,
            lag(item, 4) OVER bucket, lag(item, 5) OVER bucket, lag(item, 6) OVER bucket, lag(item, 7) OVER bucket,
            lag(item, 8) OVER bucket
        ])) AS earlier
    FROM shared
    WINDOW bucket AS (PARTITION BY hash ORDER BY item)
)
WHERE earlier < later
