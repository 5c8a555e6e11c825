-- Prompts whose text is on record already.
SELECT DISTINCT subject FROM events WHERE kind = 'prompt'
