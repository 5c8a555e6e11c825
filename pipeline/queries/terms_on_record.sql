-- Terms whose text is on record already.
SELECT DISTINCT subject FROM events WHERE kind = 'policy'
