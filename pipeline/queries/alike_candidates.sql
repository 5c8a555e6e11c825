-- The texts that are to be compared with another one.
SELECT id
FROM alike_items
SEMI JOIN (SELECT later AS item FROM alike_pairs UNION ALL SELECT earlier AS item FROM alike_pairs) USING (item)
