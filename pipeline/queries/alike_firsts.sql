-- Of the texts that are the same once they are normalised, the first; the others need no comparing.
SELECT min(item) AS item FROM alike_items GROUP BY whole
