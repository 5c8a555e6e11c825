-- Models that wrote the exported rows, by the name under which they were asked.
SELECT DISTINCT model FROM exported ORDER BY ALL
