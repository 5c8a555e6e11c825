-- Teachers that wrote the selected examples.
SELECT DISTINCT teacher_id FROM curated ORDER BY ALL
