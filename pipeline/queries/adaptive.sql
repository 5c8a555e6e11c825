-- Teachers that stop asking once enough traces of a problem were accepted: what that saved, and the pass rate.
-- Under such stopping accepted / sampled leans upward. Without bias are (accepted - 1) / (sampled - 1) where the
-- problem was stopped and accepted / sampled where all k were asked (Girshick, Mosteller and Savage 1946).
WITH asked AS (
    SELECT
        o.teacher_id, o.problem_id, r.k, r.stop_after,
        count(*) AS sampled,
        count(*) FILTER (o.outcome = 'accepted') AS accepted
    FROM reported o
    JOIN recipes r USING (recipe_id)
    WHERE r.stop_after IS NOT NULL AND o.purpose = 'train' AND o.described AND o.outcome <> 'superseded'
    GROUP BY ALL
)
SELECT
    teacher_id, any_value(k) AS k, any_value(stop_after) AS stop_after,
    count(*) AS problems,
    count(*) FILTER (accepted >= stop_after) AS stopped,
    sum(sampled)::BIGINT AS sampled,
    sum(CASE WHEN accepted >= stop_after THEN k - sampled ELSE 0 END)::BIGINT AS saved,
    avg(CASE
        WHEN accepted < stop_after OR stop_after = 1 AND sampled = 1 THEN accepted / sampled
        ELSE (accepted - 1) / (sampled - 1)
    END) AS pass_rate
FROM asked
GROUP BY teacher_id
ORDER BY teacher_id
