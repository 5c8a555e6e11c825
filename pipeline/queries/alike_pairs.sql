-- Candidates whose sets overlap enough, and whose answers, where both are known, agree.
WITH sets AS (SELECT item, answer, features FROM alike_features JOIN alike_items USING (id)),
compared AS (
    SELECT
        later, earlier, len(list_intersect(l.features, e.features)) AS shared,
        len(l.features) + len(e.features) AS together
    FROM (SELECT DISTINCT later, earlier FROM alike_pairs)
    JOIN sets l ON l.item = later
    JOIN sets e ON e.item = earlier
    WHERE l.answer = e.answer OR l.answer = 0 OR e.answer = 0
)
SELECT later, earlier FROM compared WHERE shared >= $threshold * (together - shared)
