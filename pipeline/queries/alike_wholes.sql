-- Texts that are the same once they are normalised, each with the first of them.
SELECT item AS later, first AS earlier
FROM (SELECT item, min(item) OVER (PARTITION BY whole) AS first FROM alike_items)
WHERE item > first
