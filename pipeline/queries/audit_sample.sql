-- The first traces of each stratum, in the order of a hash of seed and id.
SELECT domain, outcome, verifier, trace_id
FROM (
    SELECT
        domain, outcome, verifier, trace_id, positions,
        row_number() OVER (
            PARTITION BY domain, outcome, verifier ORDER BY md5($seed || ':' || trace_id), trace_id
        ) AS place
    FROM audit_population
    JOIN audit_allocation USING (domain, outcome, verifier)
)
WHERE place <= positions
ORDER BY domain, outcome, verifier, place
