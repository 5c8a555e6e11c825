-- Traces to review, one outcome at a time: those that nobody has reviewed first, then as they were drawn.
SELECT s.trace_id, s.problem_id, s.outcome, w.verdict
FROM shown s
LEFT JOIN latest_reviews w USING (trace_id)
WHERE s.purpose = 'train' AND s.described AND s.completed
    AND ($outcome IS NULL OR s.outcome = $outcome OR w.verdict IS NOT NULL)
    AND ($teacher IS NULL OR s.teacher_id = $teacher)
    AND ($domain IS NULL OR s.domain = $domain)
    AND ($source IS NULL OR s.source = $source)
ORDER BY md5(s.trace_id)
