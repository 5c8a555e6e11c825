-- Traces sampled for training, by where they came from and what became of them.
SELECT source, domain, teacher_id, outcome, count(*) AS traces
FROM outcomes WHERE purpose = 'train'
GROUP BY ALL ORDER BY ALL
