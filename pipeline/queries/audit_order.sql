-- The place of each trace in its stratum, by a hash of seed and id.
SELECT
    domain, outcome, verifier, trace_id,
    row_number() OVER (PARTITION BY domain, outcome, verifier ORDER BY md5($seed || ':' || trace_id), trace_id) AS place
FROM audit_population
