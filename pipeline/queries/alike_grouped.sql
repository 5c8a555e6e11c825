-- The texts that are not alone, each with its group, by their ids.
SELECT i.id, g.leader
FROM (SELECT item, leader FROM alike_groups UNION SELECT leader, leader FROM alike_groups) g
JOIN alike_items i USING (item)
