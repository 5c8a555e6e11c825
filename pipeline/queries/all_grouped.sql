-- Texts that are alike, by group.
SELECT id, leader FROM grouped
