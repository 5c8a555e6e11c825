-- Traces that the configuration describes, by where they came from and what became of them.
SELECT source, domain, teacher_id, outcome, rejected_by, count(*) AS traces
FROM reported WHERE purpose = 'train' AND described
GROUP BY ALL ORDER BY ALL
