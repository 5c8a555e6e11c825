-- Problems that hold a search and, where a facet is set, have a trace that fits all of them; how many there are in all.
SELECT *, count(*) OVER () AS matching
FROM shown_problems
WHERE ($domain IS NULL OR domain = $domain)
    AND ($source IS NULL OR source = $source)
    AND ($search = '' OR problem_id = $search OR contains(lower(prompt), lower($search)))
    AND (
        coalesce($teacher, $outcome, $verifier, $decision) IS NULL
        OR problem_id IN (
            SELECT problem_id FROM shown
            WHERE purpose = 'train' AND described
                AND ($teacher IS NULL OR teacher_id = $teacher)
                AND ($outcome IS NULL OR outcome = $outcome)
                AND ($verifier IS NULL OR verifier = $verifier)
                AND ($decision IS NULL OR decision = $decision)
        )
    )
ORDER BY
    CASE WHEN $sort = 'hardest' THEN coalesce(pass_rate, 2) END,
    CASE WHEN $sort = 'easiest' THEN -coalesce(pass_rate, -1) END,
    CASE WHEN $sort = 'longest' THEN -coalesce(tokens, 0) END,
    CASE WHEN $sort = 'dearest' THEN -coalesce(usd, 0) END,
    problem_id
LIMIT $limit OFFSET $offset
