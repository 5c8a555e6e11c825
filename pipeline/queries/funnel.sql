-- Traces that the configuration describes, by where they came from and what became of them.
SELECT source, domain, teacher_id, outcome, count(*) AS traces
FROM outcomes WHERE purpose = 'train' AND described
GROUP BY ALL ORDER BY ALL
