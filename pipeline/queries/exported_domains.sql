-- Domains of the exported problems.
SELECT DISTINCT domain FROM exported ORDER BY ALL
