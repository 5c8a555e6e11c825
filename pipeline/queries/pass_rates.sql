-- How many problems have which pass rate, in tenths; the rate is that of accepted.sql. Problems that were never or
-- always solved are apart, and so are those of which no trace has been judged.
SELECT
    CASE
        WHEN judged = 0 THEN 'unjudged'
        WHEN accepted = 0 THEN 'never'
        WHEN accepted = judged THEN 'always'
        ELSE 'some'
    END AS kind,
    CASE WHEN kind = 'some' THEN accepted * 10 // judged END AS tenth,
    count(*) AS problems
FROM (
    SELECT
        count(*) FILTER (outcome = 'accepted') AS accepted,
        count(*) FILTER (outcome IN ('accepted', 'rejected', 'undecided')) AS judged
    FROM reported WHERE purpose = 'train' AND described
    GROUP BY problem_id
)
GROUP BY ALL ORDER BY ALL
